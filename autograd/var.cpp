#include "autograd/var.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_set>

#include "autograd/tape_listener.h"
#include "core/kernels/pointwise/elementwise.h"

namespace nibble {

namespace {

// A value to be computed when it is first read.
struct Pending {
  Shape shape;
  std::function<Tensor()> compute;
  PiecewiseTensor pieces;  // empty, if only the whole can be computed
  std::once_flag once = {};

  Pending(const Shape& of, std::function<Tensor()> whole, PiecewiseTensor in_pieces)
      : shape(of), compute(std::move(whole)), pieces(std::move(in_pieces)) {}
};

}  // namespace

struct VarNode {
  const char* op = "leaf";
  std::uint64_t order = 0;  // creation order: inputs are always older than their op
  Tensor value;
  std::unique_ptr<Pending> pending;  // of a lazy value
  Tensor gradient;
  PiecewiseTensor piecewise;  // instead of `gradient`: not computed yet
  PieceWatcher watcher;       // of the gradient
  long readers = 0;           // ops on the tape that have this value among their inputs
  bool wants_gradient = false;
  std::vector<Var> inputs;
  PiecewiseBackward backward;
};

namespace {

thread_local bool recording = true;

std::uint64_t next_order() {
  static std::atomic<std::uint64_t> counter{0};
  return ++counter;
}

}  // namespace

bool Gradients::wanted(std::size_t input) const { return inputs_[input].wants_gradient(); }

void Gradients::add(std::size_t input, Tensor gradient) {
  if (!wanted(input)) return;
  VarNode& node = *inputs_[input].node_;
  assert(gradient.shape() == inputs_[input].shape());
  if (!node.piecewise.empty()) {
    node.piecewise = node.piecewise + PiecewiseTensor(std::move(gradient));
  } else if (node.gradient.empty()) {
    node.gradient = std::move(gradient);
  } else if (node.gradient.unique()) {
    kernels::accumulate(node.gradient, gradient);
  } else {  // shared, for instance by the two inputs of an addition: leave the other handle's values alone
    node.gradient = kernels::sum(node.gradient, gradient);
  }
}

void Gradients::add(std::size_t input, PiecewiseTensor gradient) {
  if (!wanted(input)) return;
  VarNode& node = *inputs_[input].node_;
  assert(gradient.shape() == inputs_[input].shape());
  if (!node.backward) {  // a leaf keeps its gradient
    add(input, gradient.whole());
  } else if (!node.piecewise.empty()) {
    node.piecewise = node.piecewise + gradient;
  } else if (!node.gradient.empty()) {
    node.piecewise = PiecewiseTensor(std::move(node.gradient)) + gradient;
    node.gradient = {};
  } else {
    node.piecewise = std::move(gradient);
  }
}

const PieceWatcher* Gradients::watcher(std::size_t input) const {
  const VarNode& node = *inputs_[input].node_;
  return node.watcher && node.readers == 1 ? &node.watcher : nullptr;
}

Var::Var(Tensor value, bool wants_gradient) : node_(std::make_shared<VarNode>()) {
  node_->order = next_order();
  node_->value = std::move(value);
  node_->wants_gradient = wants_gradient;
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
bool Var::wants_gradient() const { return node_ != nullptr && node_->wants_gradient; }
void Var::set_wants_gradient(bool wanted) { node_->wants_gradient = wanted; }
const Tensor& Var::gradient() const { return node_->gradient; }
void Var::watch_gradient(PieceWatcher watcher) { node_->watcher = std::move(watcher); }
void Var::set_gradient(Tensor gradient) { node_->gradient = std::move(gradient); }

void Var::follow(const char* op, std::vector<Var> inputs, PiecewiseBackward backward) {
  if (!recording) return;
  const bool wanted =
      std::any_of(inputs.begin(), inputs.end(), [](const Var& v) { return v.wants_gradient(); });
  if (!wanted) return;
  for (const Var& input : inputs) ++input.node_->readers;
  node_->op = op;
  node_->wants_gradient = true;
  node_->inputs = std::move(inputs);
  node_->backward = std::move(backward);
  if (const TapeListener* const listener = TapeListener::current()) listener->recorded(op, node_->order);
}

namespace {

PiecewiseBackward in_one_piece(Backward backward) {
  return [f = std::move(backward)](const PiecewiseTensor& dy, Gradients& into) { f(dy.whole(), into); };
}

}  // namespace

Var record(const char* op, std::vector<Var> inputs, Tensor value, Backward backward) {
  return record_piecewise(op, std::move(inputs), std::move(value), in_one_piece(std::move(backward)));
}

Var record_lazy(const char* op, std::vector<Var> inputs, const Shape& shape, std::function<Tensor()> compute,
                Backward backward) {
  Var result{Tensor()};
  result.node_->pending = std::make_unique<Pending>(shape, std::move(compute), PiecewiseTensor());
  result.follow(op, std::move(inputs), in_one_piece(std::move(backward)));
  return result;
}

Var record_piecewise(const char* op, std::vector<Var> inputs, PiecewiseTensor value,
                     PiecewiseBackward backward) {
  Var result(value.is_whole() ? value.whole() : Tensor());
  if (!value.is_whole()) {
    result.node_->pending = std::make_unique<Pending>(
        value.shape(), [value] { return value.whole(); }, value);
  }
  result.follow(op, std::move(inputs), std::move(backward));
  return result;
}

void backward(const Var& root, const Tensor& seed) {
  check(root.wants_gradient(), "backward: the result does not depend on any parameter");
  check(seed.shape() == root.shape(), "backward: seed ", seed.shape(), " for a result of shape ",
        root.shape());
  std::vector<std::shared_ptr<VarNode>> nodes{root.node_};
  std::unordered_set<VarNode*> seen{root.node_.get()};
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const Var& input : nodes[i]->inputs) {
      if (input.wants_gradient() && seen.insert(input.node_.get()).second) nodes.push_back(input.node_);
    }
  }
  std::sort(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a->order > b->order; });

  const TapeListener* const listener = TapeListener::current();
  root.node_->gradient = seed;
  for (auto& node : nodes) {
    if (node->backward) {
      const PiecewiseTensor dy =
          node->gradient.empty() ? std::move(node->piecewise) : PiecewiseTensor(std::move(node->gradient));
      if (!dy.empty()) {
        Gradients into(node->inputs);
        node->backward(dy, into);
      }
      node->backward = nullptr;  // frees the saved tensors
      node->watcher = nullptr;
      node->inputs.clear();
      node->gradient = {};
      node->piecewise = {};
      node->wants_gradient = false;
      if (listener) listener->walked(node->op, node->order);
    }
    node.reset();
  }
}

void backward(const Var& loss) {
  check(loss.value().size() == 1, "backward: a loss has one element, found ", loss.shape());
  Tensor one = Tensor::uninitialized(loss.shape());
  one.fill(1);
  backward(loss, one);
}

NoGradient::NoGradient() : before_(recording) { recording = false; }
NoGradient::~NoGradient() { recording = before_; }

const char* name(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::weight:
      return "weight";
    case ParameterKind::bias:
      return "bias";
    case ParameterKind::norm:
      return "norm";
    case ParameterKind::quantizer:
      return "quantizer";
    case ParameterKind::statistic:
      return "statistic";
  }
  return "";
}

}  // namespace nibble
