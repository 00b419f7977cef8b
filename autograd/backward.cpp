// Walking the tape.
#include <algorithm>
#include <cassert>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "autograd/tape_listener.h"
#include "autograd/tape_op.h"
#include "core/kernels/pointwise/elementwise.h"

namespace nibble {
namespace {

void add_to(Tensor& sum, Tensor gradient) {
  if (sum.empty()) {
    sum = std::move(gradient);
  } else if (sum.unique()) {
    kernels::accumulate(sum, gradient);
  } else {  // shared, for instance by the two inputs of an addition: leave the other handle's values alone
    sum = kernels::sum(sum, gradient);
  }
}

}  // namespace

bool Gradients::wanted(std::size_t input) const { return inputs_[input].wants_gradient(); }

void Gradients::add(std::size_t input, Tensor gradient) {
  if (!wanted(input)) return;
  assert(gradient.shape() == inputs_[input].shape());
  VarNode& node = *inputs_[input].node_;
  if (!node.op) return add_to(node.leaf_gradient, std::move(gradient));
  OpOutput& of_op = node.of_op();
  if (of_op.piecewise.empty()) return add_to(of_op.gradient, std::move(gradient));
  of_op.piecewise = of_op.piecewise + PiecewiseTensor(std::move(gradient));
}

void Gradients::add(std::size_t input, PiecewiseTensor gradient) {
  if (!wanted(input)) return;
  assert(gradient.shape() == inputs_[input].shape());
  VarNode& node = *inputs_[input].node_;
  if (!node.op) return add_to(node.leaf_gradient, gradient.whole());  // a leaf keeps its gradient
  OpOutput& of_op = node.of_op();
  if (!of_op.piecewise.empty()) {
    of_op.piecewise = of_op.piecewise + gradient;
  } else if (!of_op.gradient.empty()) {
    of_op.piecewise = PiecewiseTensor(std::move(of_op.gradient)) + gradient;
    of_op.gradient = {};
  } else {
    of_op.piecewise = std::move(gradient);
  }
}

const PieceHook* Gradients::hook(std::size_t input) const {
  const VarNode& node = *inputs_[input].node_;
  if (!node.op || node.op->walked()) return nullptr;
  const OpOutput& of_op = node.of_op();
  return of_op.hook && of_op.readers == 1 ? &of_op.hook : nullptr;
}

void TapeOp::walk() {
  std::vector<PiecewiseTensor> dy;
  for (OpOutput& output : outputs) dy.push_back(output.take_gradient());
  if (std::any_of(dy.begin(), dy.end(), [](const PiecewiseTensor& d) { return !d.empty(); })) {
    Gradients into(inputs);
    backward(dy, into);
  }
  backward = nullptr;  // frees the saved tensors
  outputs.clear();
  inputs.clear();
}

// How many ops that have not been walked yet will still add to the gradient of each leaf.
class LeafReaders {
 public:
  LeafReaders(const std::vector<std::shared_ptr<TapeOp>>& ops, const LeafDone& done) : done_(done) {
    if (!done_) return;
    for (const auto& op : ops)
      for (const Var& input : op->inputs)
        if (is_leaf(input)) ++readers_[input.node_.get()];
  }

  /// The leaves that an op reads, before it is walked, which drops its inputs.
  std::vector<Var> of(const TapeOp& op) const {
    std::vector<Var> leaves;
    if (done_) std::ranges::copy_if(op.inputs, std::back_inserter(leaves), is_leaf);
    return leaves;
  }
  void walked(std::vector<Var>& leaves) {
    for (Var& leaf : leaves)
      if (--readers_.at(leaf.node_.get()) == 0) done_(leaf);
  }

 private:
  static bool is_leaf(const Var& input) { return !input.node_->op && input.wants_gradient(); }

  const LeafDone& done_;
  std::unordered_map<const VarNode*, long> readers_;
};

void backward(const Var& root, const Tensor& seed, const LeafDone& done) {
  check(root.wants_gradient(), "backward: the result does not depend on any parameter");
  check(seed.shape() == root.shape(), "backward: seed ", seed.shape(), " for a result of shape ",
        root.shape());
  if (!root.node_->op) {
    root.node_->leaf_gradient = seed;
    return;
  }
  std::vector<std::shared_ptr<TapeOp>> ops{root.node_->op};
  std::unordered_set<const TapeOp*> seen{ops.front().get()};
  for (std::size_t i = 0; i < ops.size(); ++i) {
    for (const Var& input : ops[i]->inputs) {
      const std::shared_ptr<TapeOp>& op = input.node_->op;
      if (op && !op->walked() && seen.insert(op.get()).second) ops.push_back(op);
    }
  }
  std::sort(ops.begin(), ops.end(), [](const auto& a, const auto& b) { return a->number > b->number; });

  const TapeListener* const listener = TapeListener::current();
  root.node_->of_op().gradient = seed;
  LeafReaders readers(ops, done);
  for (std::shared_ptr<TapeOp>& op : ops) {
    std::vector<Var> leaves = readers.of(*op);
    op->walk();
    readers.walked(leaves);
    if (listener) listener->walked(op->name, op->number);
    op.reset();
  }
}

void backward(const Var& loss) {
  check(loss.value().size() == 1, "backward: a loss has one element, found ", loss.shape());
  Tensor one = Tensor::uninitialized(loss.shape());
  one.fill(1);
  backward(loss, one);
}

}  // namespace nibble
