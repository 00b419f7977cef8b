#include "autograd/optimizer.h"

#include <algorithm>
#include <cmath>

#include "core/parallel.h"

namespace nibble {
namespace {

const ParameterSettings& settings_for(const OptimizerOptions& options, ParameterKind kind) {
  switch (kind) {
    case ParameterKind::weight:
      return options.weight;
    case ParameterKind::quantizer:
      return options.quantizer;
    default:
      return options.norm;
  }
}

struct SgdStep {
  Real learning_rate, decay, momentum, gradient_factor;
  bool nesterov;
};

void sgd(Tensor& w, const Tensor& g, Tensor& v, const SgdStep& s) {
  parallel_chunks(w.size(), kElementGrain, [&](Range range) {
    Real *const pw = w.data(), *const pv = v.data();
    const Real* const pg = g.data();
    const Real keep = s.nesterov ? Real(1) : Real(0);       // share of the gradient in the update
    const Real follow = s.nesterov ? s.momentum : Real(1);  // share of the velocity
    for (long i = range.begin; i < range.end; ++i) {
      const Real gradient = pg[i] * s.gradient_factor + s.decay * pw[i];
      pv[i] = s.momentum * pv[i] + gradient;
      pw[i] -= s.learning_rate * (keep * gradient + follow * pv[i]);
    }
  });
}

struct AdamStep {
  Real learning_rate, decay, beta1, beta2, epsilon, correction1, correction2, gradient_factor;
};

void adamw(Tensor& w, const Tensor& g, Tensor& first, Tensor& second, const AdamStep& s) {
  parallel_chunks(w.size(), kElementGrain, [&](Range range) {
    Real *const pw = w.data(), *const pm = first.data(), *const pv = second.data();
    const Real* const pg = g.data();
    for (long i = range.begin; i < range.end; ++i) {
      const Real gradient = pg[i] * s.gradient_factor;
      pm[i] = s.beta1 * pm[i] + (1 - s.beta1) * gradient;
      pv[i] = s.beta2 * pv[i] + (1 - s.beta2) * gradient * gradient;
      const Real direction = pm[i] * s.correction1 / (std::sqrt(pv[i] * s.correction2) + s.epsilon);
      pw[i] -= s.learning_rate * (direction + s.decay * pw[i]);
    }
  });
}

double sum_of_squares(const Tensor& values) {
  const std::vector<Range> pieces = cut(values.size(), values.size() / kElementGrain + 1);
  std::vector<double> partial(pieces.size());
  parallel_for(static_cast<long>(pieces.size()), [&](long p) {
    double sum = 0;
    const Range range = pieces[static_cast<std::size_t>(p)];
    for (long i = range.begin; i < range.end; ++i) {
      sum += static_cast<double>(values.data()[i]) * static_cast<double>(values.data()[i]);
    }
    partial[static_cast<std::size_t>(p)] = sum;
  });
  double total = 0;
  for (const double sum : partial) total += sum;
  return total;
}

}  // namespace

Optimizer::Optimizer(const OptimizerOptions& options, std::vector<NamedParameter> parameters)
    : options_(options) {
  for (NamedParameter& parameter : parameters) {
    Slot slot{std::move(parameter), {}, {}, {}};
    slot.settings = settings_for(options, slot.parameter.kind);
    slot.first = Tensor(slot.parameter.value.shape());
    if (slot.settings.optimizer == OptimizerKind::adamw) slot.second = Tensor(slot.parameter.value.shape());
    slots_.push_back(std::move(slot));
  }
}

double Optimizer::step(double learning_rate) {
  const double norm = gradient_norm();
  const double clip = options_.clip_norm > 0 && norm > options_.clip_norm ? options_.clip_norm / norm : 1;
  ++steps_;
  const double t = static_cast<double>(steps_);
  for (Slot& slot : slots_) {
    const Tensor& gradient = slot.parameter.value.gradient();
    if (gradient.empty()) continue;
    Tensor& value = slot.parameter.value.mutable_value();
    const double rate = learning_rate * slot.settings.learning_rate;
    if (slot.settings.optimizer == OptimizerKind::sgd) {
      sgd(value, gradient, slot.first,
          {static_cast<Real>(rate), static_cast<Real>(slot.settings.weight_decay),
           static_cast<Real>(options_.momentum), static_cast<Real>(clip), options_.nesterov});
    } else {
      adamw(value, gradient, slot.first, slot.second,
            {static_cast<Real>(rate), static_cast<Real>(slot.settings.weight_decay),
             static_cast<Real>(options_.beta1), static_cast<Real>(options_.beta2),
             static_cast<Real>(options_.epsilon), static_cast<Real>(1 / (1 - std::pow(options_.beta1, t))),
             static_cast<Real>(1 / (1 - std::pow(options_.beta2, t))), static_cast<Real>(clip)});
    }
  }
  return norm;
}

void Optimizer::clear_gradients() {
  for (Slot& slot : slots_) slot.parameter.value.clear_gradient();
}

double Optimizer::gradient_norm() const {
  double total = 0;
  for (const Slot& slot : slots_) {
    if (!slot.parameter.value.gradient().empty()) total += sum_of_squares(slot.parameter.value.gradient());
  }
  return std::sqrt(total);
}

void Optimizer::state(const StateFn& visit) {
  for (Slot& slot : slots_) {
    const bool adam = slot.settings.optimizer == OptimizerKind::adamw;
    visit((adam ? "first_moment/" : "momentum/") + slot.parameter.name, slot.first);
    if (adam) visit("second_moment/" + slot.parameter.name, slot.second);
  }
}

WeightAverage::WeightAverage(double decay, std::vector<NamedParameter> parameters)
    : decay_(decay), parameters_(std::move(parameters)) {
  for (const NamedParameter& parameter : parameters_) averages_.push_back(parameter.value.value().clone());
}

void WeightAverage::update() {
  const double n = static_cast<double>(updates_++);
  const Real keep = static_cast<Real>(std::min(decay_, (1 + n) / (10 + n)));
  for (std::size_t i = 0; i < averages_.size(); ++i) {
    const Real* const live = parameters_[i].value.value().data();
    Real* const average = averages_[i].data();
    parallel_chunks(averages_[i].size(), kElementGrain, [&](Range range) {
      for (long k = range.begin; k < range.end; ++k) average[k] += (1 - keep) * (live[k] - average[k]);
    });
  }
}

void WeightAverage::swap() {
  for (std::size_t i = 0; i < averages_.size(); ++i)
    std::swap(averages_[i], parameters_[i].value.mutable_value());
}

void WeightAverage::state(const Optimizer::StateFn& visit) {
  for (std::size_t i = 0; i < averages_.size(); ++i) visit(parameters_[i].name, averages_[i]);
}

}  // namespace nibble
