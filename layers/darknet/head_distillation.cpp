#include "layers/darknet/head_distillation.h"

#include <algorithm>
#include <cmath>

#include "layers/darknet/picture_mean.h"

namespace nibble::darknet {
namespace {

constexpr double kPlaceWeight = 2;
constexpr double kLeastObjectness = 0.001;

struct Distance {
  double loss, gradient;
};

// Of two numbers that stand for probabilities.
Distance between_probabilities(double t, double teacher, bool are_probabilities) {
  const double apart = t - teacher;
  if (are_probabilities) return {apart * apart / 2, apart};
  // p log(p / q) + (1 − p) log((1 − p) / (1 − q)) in terms of the logits of p and q.
  const double p = logistic(teacher);
  return {softplus(t) - softplus(teacher) - p * apart, logistic(t) - p};
}

// Of two places within a cell, σ(t).
Distance between_places(double t, double teacher) {
  const double q = logistic(t), apart = q - logistic(teacher);
  return {kPlaceWeight * apart * apart, 2 * kPlaceWeight * apart * q * (1 - q)};
}

Distance between_numbers(double t, double teacher) {
  const double apart = t - teacher;
  return {kPlaceWeight * apart * apart, 2 * kPlaceWeight * apart};
}

// One anchor in one cell.
double slot_distance(const Real* t, const Real* teacher, const YoloHead& rules, Real* gradient) {
  double loss = 0;
  if (gradient) std::fill_n(gradient, 5 + rules.classes, Real(0));
  const auto add = [&](int k, double weight, const Distance& distance) {
    loss += weight * distance.loss;
    if (gradient) gradient[k] = static_cast<Real>(weight * distance.gradient);
  };
  const auto pair = [&](int k) {
    return std::pair(static_cast<double>(t[k]), static_cast<double>(teacher[k]));
  };
  const auto [objectness, wanted] = pair(4);
  add(4, 1, between_probabilities(objectness, wanted, rules.new_coords));
  const double object = rules.new_coords ? wanted : logistic(wanted);
  if (!(object >= kLeastObjectness)) return loss;
  const double weight = std::sqrt(object);
  for (int k = 0; k < 4; ++k) {
    const auto [here, there] = pair(k);
    add(k, weight, k < 2 && !rules.new_coords ? between_places(here, there) : between_numbers(here, there));
  }
  for (int k = 5; k < 5 + rules.classes; ++k) {
    const auto [here, there] = pair(k);
    add(k, weight, between_probabilities(here, there, rules.new_coords));
  }
  return loss;
}

}  // namespace

Var head_distillation(const Var& head, const Tensor& teacher, const YoloHead& rules) {
  const Tensor& t = head.value();
  const Shape shape = t.shape();
  const long values = 5 + rules.classes;
  check(shape.rank() == 4 && shape == teacher.shape() &&
            shape[3] == static_cast<long>(rules.anchors.size()) * values,
        "head_distillation: found a head ", shape, " and a teacher's ", teacher.shape(),
        ", expected [N, H, W, ", rules.anchors.size(), " * ", values, "] of both");
  return picture_mean("head_distillation", head, [&](long n, Real* gradient) {
    double loss = 0;
    for (long i = n * shape.row(); i < (n + 1) * shape.row(); i += values) {
      loss += slot_distance(t.data() + i, teacher.data() + i, rules,
                            gradient ? gradient + (i - n * shape.row()) : nullptr);
    }
    return loss;
  });
}

}  // namespace nibble::darknet
