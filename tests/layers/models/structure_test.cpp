// Networks of the ImageNet families with weights from a formula, against float64 logits of torchvision 0.14
// (../shared/data/structure_reference; the formula is in that folder's README).

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "tests/support/formula.h"
#include "tests/support/npy.h"
#include "tests/support/shared_data.h"

namespace nibble::structure_test {
namespace {

bool ends_with(const std::string& text, const char* end) {
  const std::string suffix = end;
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

// Calls visit(i, at) for each element: torch's index, channels before height and width, and ours.
template <typename Visit>
void for_each_index(const Shape& shape, const Visit& visit) {
  if (shape.rank() != 4) {
    for (long i = 0; i < shape.count(); ++i) visit(i, i);
    return;
  }
  long i = 0;
  for (long a = 0; a < shape[0]; ++a)
    for (long c = 0; c < shape[3]; ++c)
      for (long h = 0; h < shape[1]; ++h)
        for (long w = 0; w < shape[2]; ++w, ++i) visit(i, ((a * shape[1] + h) * shape[2] + w) * shape[3] + c);
}

void fill_by_formula(Network& net) {
  net.parameters([](const std::string& path, ParameterKind, Var& value) {
    std::string name = path;
    std::replace(name.begin(), name.end(), '/', '.');
    const Formula formula(name);
    Tensor& x = value.mutable_value();
    const double fan = static_cast<double>(x.size()) / static_cast<double>(x.shape()[0]);
    for_each_index(x.shape(), [&](long i, long at) {
      const double u = formula.u(i);
      double v = (2 * u - 1) * std::sqrt(6 / fan);
      if (ends_with(name, "running_var") || (ends_with(name, "weight") && x.shape().rank() == 1))
        v = 0.8 + 0.4 * u;
      if (ends_with(name, "running_mean") || ends_with(name, "bias")) v = 0.2 * (u - 0.5);
      x[at] = static_cast<Real>(v);
    });
  });
}

void check_structure(const std::string& kind, long parameters) {
  Network net = build_model({.kind = kind}, {224, 224, 3}, 1000, Rng(1));
  long count = 0;
  net.parameters([&](const std::string&, ParameterKind k, Var& value) {
    if (k != ParameterKind::statistic) count += value.value().size();
  });
  CHECK(count == parameters);

  const auto reference = shared_data("structure_reference/" + kind + ".logits.f64.npy");
  if (!reference) return;  // shared_data has said so
  fill_by_formula(net);
  const Formula input("input");
  Tensor x({1, 224, 224, 3});
  long i = 0;
  for (long c = 0; c < 3; ++c)
    for (long pixel = 0; pixel < 224 * 224; ++pixel, ++i)
      x[pixel * 3 + c] = static_cast<Real>(2 * input.u(i) - 1);
  const NoGradient evaluation;
  const Tensor found = net.forward(x, {}).value();
  const std::vector<double> expected = read_npy<double>(*reference, static_cast<std::size_t>(found.size()));
  double worst = 0, largest = 0;
  for (long k = 0; k < found.size(); ++k) {
    const double e = expected[static_cast<std::size_t>(k)];
    worst = std::max(worst, std::abs(static_cast<double>(found[k]) - e));
    largest = std::max(largest, std::abs(e));
  }
  INFO(kind << ": largest logit " << largest);
  CHECK(worst <= 1e-4 * std::max(1.0, largest));
}

}  // namespace

TEST_CASE("resnet18_has_the_structure_of_torchvision") { check_structure("resnet18", 11'689'512); }
TEST_CASE("mobilenet_v2_has_the_structure_of_torchvision") { check_structure("mobilenet_v2", 3'504'872); }
TEST_CASE("efficientnet_b0_has_the_structure_of_torchvision") {
  check_structure("efficientnet_b0", 5'288'548);
}

}  // namespace nibble::structure_test
