#pragma once

#include <unordered_map>
#include <vector>

#include <dnnl.hpp>
#include "core/array.h"
#include "core/kernels/conv/conv2d.h"
#include "core/parallel.h"

// What the sources of this folder share. Nothing outside of it includes this header, so no oneDNN type
// appears elsewhere.
//
// Each primitive is created for one thread, because oneDNN chooses its blocking by the number of threads at
// creation. It is executed for one fixed piece of the batch at a time, inside parallel_for. So results do not
// depend on the number of threads. Images stay NHWC except for Winograd (images.h). Weights are reordered
// once per call into the layout that the primitive prefers.

namespace nibble::kernels::onednn {

using dnnl::memory;
using Type = memory::data_type;

enum class Direction : long { forward, input_gradient, weight_gradient };

/// Winograd rounds differently, so it is used only where `fastest` is asked for, and there only if it is
/// faster.
enum class Algorithm : long { direct, fastest };

/// One convolution primitive, the layouts that it wants, and its names for the tensors, which are values or
/// gradients.
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

/// The plan of a primitive: of a convolution, or of its gradients.
Plan as_plan(const dnnl::convolution_forward::primitive_desc& pd);
Plan as_plan(const dnnl::convolution_backward_data::primitive_desc& pd);
Plan as_plan(const dnnl::convolution_backward_weights::primitive_desc& pd);

/// Created once and kept until the program ends.
const Plan& plan(Direction direction, const Problem& problem);

/// The engine; there is only one.
dnnl::engine& cpu();

/// With scratchpads supplied by the caller: they come from the buffer pool.
dnnl::primitive_attr attributes();

memory view(const memory::desc& desc, const void* data);

/// Weights as OHWI, in oneDNN's view [O, I, KH, KW] or [G, O/G, I/G, KH, KW].
memory::desc plain_weight(const Shape& w, int groups, Type type);

Array<std::uint8_t> room_for(const memory::desc& desc);

/// Copies the values at `from` into another layout and type.
void reorder(const void* from, const memory::desc& from_desc, void* into, const memory::desc& to);

/// Runs the primitive of a plan on this thread.
void execute(const Plan& p, std::unordered_map<int, memory> arguments);
void execute(const Plan& p, const memory& x, const memory& w, const memory& y);

/// The batch in fixed pieces, and a plan for each size of a piece.
struct Pieces {
  Direction direction;
  std::vector<Range> ranges;
  std::vector<const Plan*> plans;

  Pieces(Direction direction, const Types& types, const Shape& x, const Shape& w, const Shape& y,
         const Conv2dGeometry& geometry, Algorithm algorithm = Algorithm::direct);
  long count() const { return static_cast<long>(ranges.size()); }
  const Range& range(long i) const { return ranges[static_cast<std::size_t>(i)]; }
  const Plan& plan_of(long i) const { return *plans[static_cast<std::size_t>(i)]; }
  /// False if pieces of two sizes want two layouts of the weight.
  bool one_weight_layout() const { return plan_of(0).w == plan_of(count() - 1).w; }

  /// The weight (OHWI, of `type`) in the layout of each plan. One reorder nearly always serves all.
  std::vector<Array<std::uint8_t>> weights(const void* w, const Shape& shape, int groups, Type type) const;
};

/// The sum of the weight gradients of all pieces, added in order, as OHWI floats.
class WeightGradients {
 public:
  WeightGradients(const Pieces& pieces, const Shape& w, int groups);
  /// The buffer for piece i, in the layout of its plan. Called while the piece is computed.
  void* room(long i);
  /// Called when piece i is complete, still on its thread.
  void done(long i);
  Tensor sum();

 private:
  const Pieces& pieces_;
  Shape shape_;
  memory::desc plain_;
  std::vector<Array<std::uint8_t>> partial_;
};

}  // namespace nibble::kernels::onednn
