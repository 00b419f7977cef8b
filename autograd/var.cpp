#include "autograd/var.h"

#include <iterator>

#include "autograd/tape_op.h"

namespace nibble {

Var::Var(Tensor value, bool wants_gradient) : node_(std::make_shared<VarNode>()) {
  node_->value = std::move(value);
  node_->leaf_wants_gradient = wants_gradient;
}

const Tensor& Var::value() const {
  if (Pending* const pending = node_->pending.get()) {
    std::call_once(pending->once, [&] { node_->value = pending->compute(); });
  }
  return node_->value;
}
const Shape& Var::shape() const { return node_->pending ? node_->pending->shape : node_->value.shape(); }
bool Var::in_pieces() const { return node_->pending && !node_->pending->pieces.empty(); }
PiecewiseTensor Var::pieces() const {
  return in_pieces() ? node_->pending->pieces : PiecewiseTensor(value());
}
Tensor& Var::mutable_value() { return node_->value; }

bool Var::wants_gradient() const {
  if (empty()) return false;
  return node_->op ? !node_->op->walked() : node_->leaf_wants_gradient;
}
void Var::stop_learning() { node_->leaf_wants_gradient = false; }
const Tensor& Var::gradient() const { return node_->leaf_gradient; }
void Var::set_gradient(Tensor gradient) { node_->leaf_gradient = std::move(gradient); }
void Var::hook_gradient(PieceHook hook) {
  if (wants_gradient() && node_->op) node_->of_op().hook = std::move(hook);
}

const char* name(ParameterKind kind) {
  static constexpr const char* names[] = {"weight", "bias", "norm", "quantizer", "statistic"};
  static_assert(std::size(names) == static_cast<std::size_t>(ParameterKind::statistic) + 1);
  return names[static_cast<std::size_t>(kind)];
}

}  // namespace nibble
