#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/array.h"
#include "core/check.h"
#include "core/noncopyable.h"
#include "core/piece_listener.h"
#include "core/piecewise_tensor.h"

namespace nibble {

class Var;
struct VarNode;

/// Where an op's backward function leaves the gradients of its inputs.
class Gradients {
 public:
  explicit Gradients(std::vector<Var>& inputs) : inputs_(inputs) {}

  bool wanted(std::size_t input) const;
  /// Adds to the gradient of one input. The first gradient is kept as it is, later ones are added to it. One
  /// that is a function of the piece stays a function until it is read.
  void add(std::size_t input, Tensor gradient);
  void add(std::size_t input, PiecewiseTensor gradient);
  /// What is to happen to the gradient of an input while this op makes it. Null if nothing is, or if other
  /// ops add to that gradient.
  const PieceHook* hook(std::size_t input) const;
  /// As add, but computes the gradient only if it is wanted.
  template <typename Compute>
  requires std::invocable<Compute>
  void add(std::size_t input, Compute compute) {
    if (wanted(input)) add(input, compute());
  }

 private:
  std::vector<Var>& inputs_;
};

using Backward = std::function<void(const Tensor& dy, Gradients& into)>;
using PiecewiseBackward = std::function<void(const PiecewiseTensor& dy, Gradients& into)>;
/// Of an op with several results: dy of each, empty where no gradient has arrived.
using ManyBackward = std::function<void(std::span<const PiecewiseTensor> dy, Gradients& into)>;

/// Hears of a leaf when nothing will be added to its gradient any more by this pass.
using LeafDone = std::function<void(Var& leaf)>;

/// A value on the tape. Copies are handles to the same value.
class Var {
 public:
  Var() = default;
  /// A constant; a parameter if it wants a gradient.
  explicit Var(Tensor value, bool wants_gradient = false);

  bool empty() const { return node_ == nullptr; }
  const Tensor& value() const;
  Tensor& mutable_value();
  const Shape& shape() const;
  /// The value for a reader that takes it piece by piece. It is not computed as a whole for that.
  PiecewiseTensor pieces() const;
  /// Whether pieces() offers the value so.
  bool in_pieces() const;

  bool wants_gradient() const;
  /// Makes a constant of a parameter, for all that hold it.
  void stop_learning();
  /// Of a parameter: empty until a backward pass has reached it, then the sum over passes until it is
  /// cleared.
  const Tensor& gradient() const;
  void set_gradient(Tensor gradient);
  void clear_gradient() { set_gradient({}); }
  /// Of a result of an op: has the hook called for every part of the gradient while its reader makes it. That
  /// happens where one op alone reads this value and makes the gradient piece by piece; the hook must not
  /// count on it. If the hook rewrites, the op behind this value receives what was left in the gradient's
  /// place.
  void hook_gradient(PieceHook hook);

  bool is(const Var& other) const { return node_ == other.node_; }

 private:
  friend class Gradients;
  friend Var record(const char* op, std::vector<Var> inputs, Tensor value, Backward backward);
  friend Var record_lazy(const char* op, std::vector<Var> inputs, const Shape& shape,
                         std::function<Tensor()> compute, Backward backward);
  friend Var record_piecewise(const char* op, std::vector<Var> inputs, PiecewiseTensor value,
                              PiecewiseBackward backward);
  friend std::vector<Var> record_many(const char* op, std::vector<Var> inputs,
                                      const std::vector<PiecewiseTensor>& values, ManyBackward backward);
  friend class LeafReaders;
  friend void backward(const Var& root, const Tensor& seed, const LeafDone& done);
  /// The results of an op. Puts the op on the tape, if this thread records and any input wants a gradient.
  static std::vector<Var> put_on_tape(const char* op, std::vector<Var> inputs,
                                      std::vector<std::shared_ptr<VarNode>> outputs, ManyBackward backward);
  std::shared_ptr<VarNode> node_;
};

/// Puts the result of an op on the tape. `backward` receives dy (the shape of value) and may capture tensors,
/// whose lifetime it then extends, but never the output Var, which would own itself. Where no input wants a
/// gradient, or inside a NoGradient scope, nothing is kept.
Var record(const char* op, std::vector<Var> inputs, Tensor value, Backward backward);

/// The same for a value that most readers never look at as real numbers, such as one that travels as codes:
/// `compute` runs when value() is first asked for, which any thread may do.
Var record_lazy(const char* op, std::vector<Var> inputs, const Shape& shape, std::function<Tensor()> compute,
                Backward backward);

/// For an op that reads its gradient piece by piece, and may offer its value so: then the value is computed
/// as a whole only if value() is asked for.
Var record_piecewise(const char* op, std::vector<Var> inputs, PiecewiseTensor value,
                     PiecewiseBackward backward);

/// For an op with several results. Backward runs once, after all readers of all results, if any of them has
/// left a gradient.
std::vector<Var> record_many(const char* op, std::vector<Var> inputs,
                             const std::vector<PiecewiseTensor>& values, ManyBackward backward);

/// d root / d leaf, contracted with seed, is added to the gradient of every leaf. The tape is freed while it
/// is walked.
void backward(const Var& root, const Tensor& seed, const LeafDone& done = {});
/// For a loss of one element: seed 1.
void backward(const Var& loss);

/// While one lives, this thread records nothing: evaluation.
class NoGradient : NonCopyable {
 public:
  NoGradient();
  ~NoGradient();

 private:
  bool before_;
};

/// What a named tensor of a layer is for. It decides learning rate and weight decay; statistics (running mean
/// and variance, initialization flags) are saved and restored but never trained.
enum class ParameterKind { weight, bias, norm, quantizer, statistic };
const char* name(ParameterKind kind);

/// Called with the tensor's name inside its layer; an owner of layers prefixes its path
/// ("stage1/conv1/weight").
using ParameterFn = std::function<void(const std::string& name, ParameterKind kind, Var& value)>;

}  // namespace nibble
