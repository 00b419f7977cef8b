#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "autograd/var.h"

// What the tape consists of. Private to autograd/.

namespace nibble {

/// A value that is computed when it is first read.
struct Pending {
  Shape shape;
  std::function<Tensor()> compute;
  PiecewiseTensor pieces;  // empty, if only the whole can be computed
  std::once_flag once = {};

  Pending(const Shape& of, std::function<Tensor()> whole, PiecewiseTensor in_pieces)
      : shape(of), compute(std::move(whole)), pieces(std::move(in_pieces)) {}
};

/// One result of an op: who reads it, and the gradient that has arrived from them.
struct OpOutput {
  long readers = 0;           // ops on the tape that have this value among their inputs
  PieceHook hook;             // for the gradient, while it is made
  Tensor gradient;            // at most one of these two is not empty
  PiecewiseTensor piecewise;  // not computed yet

  PiecewiseTensor take_gradient() {
    return gradient.empty() ? std::move(piecewise) : PiecewiseTensor(std::move(gradient));
  }
};

/// An op with its inputs and outputs. Backward functions run in the opposite order of the ops' numbers: who
/// reads a value is newer than the op that made it, so all gradients have arrived when it is an op's turn.
struct TapeOp {
  const char* name;
  std::uint64_t number;
  std::vector<Var> inputs;
  std::vector<OpOutput> outputs;
  ManyBackward backward;  // null as soon as it has run

  bool walked() const { return backward == nullptr; }
  /// Hands the gradients that have arrived to the backward function, unless there are none, and frees all
  /// that the op holds.
  void walk();
};

struct VarNode {
  Tensor value;
  std::unique_ptr<Pending> pending;  // of a lazy value
  std::shared_ptr<TapeOp> op;        // that made the value; null for a leaf
  std::size_t output = 0;            // which of the op's
  bool leaf_wants_gradient = false;
  Tensor leaf_gradient;

  OpOutput& of_op() const { return op->outputs[output]; }
};

/// Whether this thread puts ops on the tape.
bool recording();

}  // namespace nibble
