#include "autograd/optimizer.h"

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace nibble {
namespace {

// Values, gradients and state of one piece stay in L2 between the expressions of a step.
constexpr long kPiece = 8192;

using Values = Eigen::Map<Eigen::Array<Real, Eigen::Dynamic, 1>>;
using ConstValues = Eigen::Map<const Eigen::Array<Real, Eigen::Dynamic, 1>>;

Values piece(Tensor& x, Range range) { return {x.data() + range.begin, range.size()}; }
ConstValues piece(const Tensor& x, Range range) { return {x.data() + range.begin, range.size()}; }

const OptimizerGroup& group(const OptimizerOptions& options, const NamedParameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::weight:
      return options.weight;
    case ParameterKind::bias:
    case ParameterKind::norm:
      return options.norm;
    case ParameterKind::quantizer:
      return options.quantizer;
    case ParameterKind::statistic:
      break;
  }
  fail("optimizer: found '", parameter.name, "', a ", name(parameter.kind), ", expected a trained parameter");
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, std::vector<NamedParameter> parameters)
    : options_(options) {
  for (NamedParameter& parameter : parameters) {
    const OptimizerGroup& settings = group(options, parameter);
    check(parameter.value.wants_gradient(), "optimizer: found '", parameter.name,
          "', which wants no gradient, expected a trained parameter");
    const Shape& shape = parameter.value.shape();
    const bool two = settings.kind == OptimizerKind::adamw;
    for (const Range range : cut(shape.count(), (shape.count() + kPiece - 1) / kPiece)) {
      pieces_.push_back({slots_.size(), range});
    }
    const bool one = two || options.momentum != 0;
    slots_.push_back(
        {std::move(parameter), settings, one ? Tensor(shape) : Tensor(), two ? Tensor(shape) : Tensor()});
  }
}

double Optimizer::step(double learning_rate) {
  const double norm = gradient_norm();
  const bool clip = options_.clip_norm > 0 && norm > options_.clip_norm;
  const double factor = clip ? options_.clip_norm / norm : 1;
  ++steps_;
  parallel_for(static_cast<long>(pieces_.size()), [&](long i) {
    const auto& [slot, range] = pieces_[static_cast<std::size_t>(i)];
    update(slots_[slot], range, learning_rate, factor);
  });
  return norm;
}

void Optimizer::update(Slot& slot, Range range, double learning_rate, double gradient_factor) const {
  if (slot.parameter.value.gradient().empty()) return;
  const double rate = slot.learning_rate.value_or(learning_rate * slot.group.learning_rate);
  const Real factor = static_cast<Real>(gradient_factor), decay = static_cast<Real>(slot.group.weight_decay);
  const ConstValues g = piece(slot.parameter.value.gradient(), range);
  Values w = piece(slot.parameter.value.mutable_value(), range);
  if (slot.first.empty()) {  // plain gradient descent remembers nothing
    w -= static_cast<Real>(rate) * (factor * g + decay * w);
    return;
  }
  Values v = piece(slot.first, range);
  if (slot.group.kind == OptimizerKind::sgd) {
    const Real eta = static_cast<Real>(rate), momentum = static_cast<Real>(options_.momentum);
    v = momentum * v + (factor * g + decay * w);
    if (options_.nesterov) {
      w -= eta * (factor * g + decay * w + momentum * v);
    } else {
      w -= eta * v;
    }
    return;
  }
  Values square = piece(slot.second, range);
  const Real b1 = static_cast<Real>(options_.beta1), b2 = static_cast<Real>(options_.beta2);
  v = b1 * v + (1 - b1) * factor * g;
  square = b2 * square + (1 - b2) * (factor * g).square();
  // Bias corrections in double: 1 − β₂ᵗ of the first steps is small.
  const double t = static_cast<double>(steps_);
  const Real eta = static_cast<Real>(rate / (1 - std::pow(options_.beta1, t)));
  const Real unbias = static_cast<Real>(1 / std::sqrt(1 - std::pow(options_.beta2, t)));
  const Real keep = static_cast<Real>(1 - rate * slot.group.weight_decay);
  w = keep * w - eta * v / (square.sqrt() * unbias + static_cast<Real>(options_.epsilon));
}

void Optimizer::set_learning_rate(const std::string& parameter, double learning_rate) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const Slot& each) { return each.parameter.name == parameter; });
  check(slot != slots_.end(), "optimizer: found no parameter '", parameter, "', expected one that it trains");
  slot->learning_rate = learning_rate;
}

void Optimizer::clear_gradients() {
  for (Slot& slot : slots_) slot.parameter.value.clear_gradient();
}

double Optimizer::gradient_norm() const {
  std::vector<double> squares(pieces_.size());
  parallel_for(static_cast<long>(pieces_.size()), [&](long i) {
    const auto& [slot, range] = pieces_[static_cast<std::size_t>(i)];
    const Tensor& gradient = slots_[slot].parameter.value.gradient();
    if (gradient.empty()) return;
    squares[static_cast<std::size_t>(i)] = piece(gradient, range).cast<double>().square().sum();
  });
  double total = 0;
  for (const double square : squares) total += square;
  return std::sqrt(total);
}

void Optimizer::state(const StateFn& visit) {
  for (Slot& slot : slots_) {
    if (slot.first.empty()) continue;
    const std::string& path = slot.parameter.name;
    const bool sgd = slot.group.kind == OptimizerKind::sgd;
    visit((sgd ? "momentum/" : "mean/") + path, slot.first);
    if (!sgd) visit("square/" + path, slot.second);
  }
}

WeightAverage::WeightAverage(double decay, std::vector<NamedParameter> parameters)
    : decay_(decay), parameters_(std::move(parameters)) {
  check(decay >= 0 && decay < 1, "weight average: found decay ", decay, ", expected 0 <= decay < 1");
  for (const NamedParameter& parameter : parameters_) averages_.push_back(parameter.value.value().clone());
}

void WeightAverage::update() {
  assert(!swapped_);
  const Real share = static_cast<Real>(1 - decay_);
  parallel_for(static_cast<long>(averages_.size()), [&](long i) {
    const std::size_t index = static_cast<std::size_t>(i);
    const Range all{0, averages_[index].size()};
    Values average = piece(averages_[index], all);
    average += share * (piece(parameters_[index].value.value(), all) - average);
  });
}

void WeightAverage::swap() {
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    std::swap(averages_[i], parameters_[i].value.mutable_value());
  }
  swapped_ = !swapped_;
}

void WeightAverage::state(const StateFn& visit) {
  for (std::size_t i = 0; i < averages_.size(); ++i) visit(parameters_[i].name, averages_[i]);
}

}  // namespace nibble
