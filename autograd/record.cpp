// Putting ops on the tape.
#include <algorithm>
#include <atomic>

#include "autograd/tape_listener.h"
#include "autograd/tape_op.h"

namespace nibble {
namespace {

thread_local bool this_thread_records = true;

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

std::shared_ptr<VarNode> node_of(const PiecewiseTensor& value) {
  auto node = std::make_shared<VarNode>();
  if (value.is_whole()) {
    node->value = value.whole();
  } else {
    node->pending = std::make_unique<Pending>(
        value.shape(), [value] { return value.whole(); }, value);
  }
  return node;
}

ManyBackward of_one(PiecewiseBackward backward) {
  return [f = std::move(backward)](std::span<const PiecewiseTensor> dy, Gradients& into) {
    f(dy.front(), into);
  };
}

ManyBackward of_one_whole(Backward backward) {
  return [f = std::move(backward)](std::span<const PiecewiseTensor> dy, Gradients& into) {
    f(dy.front().whole(), into);
  };
}

}  // namespace

bool recording() { return this_thread_records; }

std::vector<Var> Var::put_on_tape(const char* op, std::vector<Var> inputs,
                                  std::vector<std::shared_ptr<VarNode>> outputs, ManyBackward backward) {
  const auto wanted = [](const Var& v) { return v.wants_gradient(); };
  if (recording() && std::any_of(inputs.begin(), inputs.end(), wanted)) {
    for (const Var& input : inputs) {
      if (input.node_->op && !input.node_->op->walked()) ++input.node_->of_op().readers;
    }
    const auto made = std::make_shared<TapeOp>(TapeOp{
        op, next_number(), std::move(inputs), std::vector<OpOutput>(outputs.size()), std::move(backward)});
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      outputs[i]->op = made;
      outputs[i]->output = i;
    }
    if (const TapeListener* const listener = TapeListener::current()) listener->recorded(op, made->number);
  }
  std::vector<Var> results(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) results[i].node_ = std::move(outputs[i]);
  return results;
}

Var record(const char* op, std::vector<Var> inputs, Tensor value, Backward backward) {
  return Var::put_on_tape(op, std::move(inputs), {node_of(PiecewiseTensor(std::move(value)))},
                          of_one_whole(std::move(backward)))
      .front();
}

Var record_lazy(const char* op, std::vector<Var> inputs, const Shape& shape, std::function<Tensor()> compute,
                Backward backward) {
  auto node = std::make_shared<VarNode>();
  node->pending = std::make_unique<Pending>(shape, std::move(compute), PiecewiseTensor());
  return Var::put_on_tape(op, std::move(inputs), {std::move(node)}, of_one_whole(std::move(backward)))
      .front();
}

Var record_piecewise(const char* op, std::vector<Var> inputs, PiecewiseTensor value,
                     PiecewiseBackward backward) {
  return Var::put_on_tape(op, std::move(inputs), {node_of(value)}, of_one(std::move(backward))).front();
}

std::vector<Var> record_many(const char* op, std::vector<Var> inputs,
                             const std::vector<PiecewiseTensor>& values, ManyBackward backward) {
  std::vector<std::shared_ptr<VarNode>> outputs;
  for (const PiecewiseTensor& value : values) outputs.push_back(node_of(value));
  return Var::put_on_tape(op, std::move(inputs), std::move(outputs), std::move(backward));
}

NoGradient::NoGradient() : before_(this_thread_records) { this_thread_records = false; }
NoGradient::~NoGradient() { this_thread_records = before_; }

}  // namespace nibble
