#pragma once

#include <unordered_map>
#include <vector>

#include <dnnl.hpp>
#include "core/array.h"
#include "core/kernels/conv/conv2d.h"
#include "core/parallel.h"

// What the files named onednn_* share; nobody else includes it, so no oneDNN type appears above.
//
// Each primitive is created for one thread (the library picks its blocking by the threads it sees at
// creation) and executed for one fixed piece of the batch at a time inside parallel_for, so results do not
// depend on the thread count. Images stay NHWC, but for Winograd's (onednn_images.h); weights are reordered
// once per call into the layout that the primitive likes best.

namespace nibble::kernels::onednn {

using dnnl::memory;
using Type = memory::data_type;

enum class Direction : long { forward, input_gradient, weight_gradient };

/// Winograd has other digits, so it is for those who ask for it; they get it where it is faster.
enum class Algorithm : long { direct, fastest };

/// One convolution primitive, the layouts that it asked for and what it calls its tensors, which are values
/// or gradients.
struct Plan {
  dnnl::primitive primitive;
  memory::desc x, w, y, scratchpad;
  struct Names {
    int x, w, y;
  } names;
};

/// Element types of the three tensors of a convolution (values or gradients, by direction).
struct Types {
  Type x = Type::f32, w = Type::f32, y = Type::f32;
};

struct Problem {
  Shape x, w, y;  // of one piece of the batch
  Conv2dGeometry geometry;
  Types types;
  Algorithm algorithm = Algorithm::direct;
};

/// Made once, and kept for the life of the program.
const Plan& plan(Direction direction, const Problem& problem);

/// The one engine.
dnnl::engine& cpu();

/// Scratchpads are ours: they come from the pool.
dnnl::primitive_attr attributes();

memory view(const memory::desc& desc, const void* data);

/// Weights as OHWI, in oneDNN's view [O, I, KH, KW] or [G, O/G, I/G, KH, KW].
memory::desc plain_weight(const Shape& w, int groups, Type type);

Array<std::uint8_t> room_for(const memory::desc& desc);

/// The values at `from` in the layout and type `to`.
void reorder(const void* from, const memory::desc& from_desc, void* into, const memory::desc& to);

/// Runs the primitive of a plan on this thread.
void execute(const Plan& p, std::unordered_map<int, memory> arguments);
void execute(const Plan& p, const memory& x, const memory& w, const memory& y);

/// The batch in fixed pieces, and a plan for each piece's size.
struct Pieces {
  Direction direction;
  std::vector<Range> ranges;
  std::vector<const Plan*> plans;

  Pieces(Direction direction, const Types& types, const Shape& x, const Shape& w, const Shape& y,
         const Conv2dGeometry& geometry, Algorithm algorithm = Algorithm::direct);
  long count() const { return static_cast<long>(ranges.size()); }
  const Range& range(long i) const { return ranges[static_cast<std::size_t>(i)]; }
  const Plan& plan_of(long i) const { return *plans[static_cast<std::size_t>(i)]; }
  /// Pieces of two sizes may have asked for two layouts of the weight.
  bool one_weight_layout() const { return plan_of(0).w == plan_of(count() - 1).w; }

  /// The weight (in OHWI, of `type`) in each plan's layout; nearly always one reorder for all.
  std::vector<Array<std::uint8_t>> weights(const void* w, const Shape& shape, int groups, Type type) const;
};

/// Weight gradients of all pieces, added in order, as OHWI floats.
class WeightGradients {
 public:
  WeightGradients(const Pieces& pieces, const Shape& w, int groups);
  /// Room for piece i, in its plan's layout; called inside the piece.
  void* room(long i);
  /// After the piece was computed, still inside of it.
  void done(long i);
  Tensor sum();

 private:
  const Pieces& pieces_;
  Shape shape_;
  memory::desc plain_;
  std::vector<Array<std::uint8_t>> partial_;
};

}  // namespace nibble::kernels::onednn
