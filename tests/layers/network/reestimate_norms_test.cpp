#include "layers/network/reestimate_norms.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "core/parallel.h"
#include "layers/models/models.h"
#include "layers/network/freeze.h"
#include "layers/network/quantize.h"
#include "tests/support/random_tensor.h"

namespace nibble::reestimate_norms_test {
namespace {

constexpr long kBatches = 3;

Tensor batch(long index) { return uniform({8, 16, 16, 3}, 20 + static_cast<unsigned>(index)); }

Network four_bit_network() {
  Network network = build_model({.kind = "resnet8"}, {16, 16, 3}, 10, Rng(3));
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, batch(9));
  return network;
}

void reestimate(Network& network) {
  long done = 0;
  reestimate_norms(
      network, kBatches, [&] { return batch(done++); }, Rng(1));
  REQUIRE(done == kBatches);
}

std::map<std::string, Tensor> values(Network& network) {
  std::map<std::string, Tensor> values;
  network.parameters(
      [&](const std::string& path, ParameterKind, Var& value) { values[path] = value.value().clone(); });
  return values;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(Real)) == 0;
}

// Mean over the batches of mean and unbiased variance of what a norm reads, a channel, in double.
struct Expected {
  std::vector<double> mean, variance;
};
Expected expected_of(Network& network, const std::string& norm) {
  const auto node = std::find_if(network.nodes().begin(), network.nodes().end(),
                                 [&](const NetworkNode& n) { return n.name == norm; });
  const std::string source = network.node(node->inputs[0]).name;
  const std::size_t channels = static_cast<std::size_t>(node->shape.back());
  Expected expected{std::vector<double>(channels), std::vector<double>(channels)};
  const NoGradient only_forward;
  for (long i = 0; i < kBatches; ++i) {
    Rng rng(1);
    Pass pass{.training = true};
    pass.rng = &rng;
    network.forward(batch(i), pass, [&](const NetworkNode& at, const Signal& output) {
      if (at.name != source) return;
      const Tensor& x = output.value.value();
      const long rows = x.size() / static_cast<long>(channels);
      for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0, squares = 0;
        const auto value = [&](long row) {
          return static_cast<double>(x[row * static_cast<long>(channels) + static_cast<long>(c)]);
        };
        for (long row = 0; row < rows; ++row) sum += value(row);
        const double mean = sum / static_cast<double>(rows);
        for (long row = 0; row < rows; ++row) squares += std::pow(value(row) - mean, 2);
        expected.mean[c] += mean / kBatches;
        expected.variance[c] += squares / static_cast<double>(rows - 1) / kBatches;
      }
    });
  }
  return expected;
}

}  // namespace

TEST_CASE("statistics_of_norms_are_the_mean_over_the_batches_of_their_own") {
  Network network = four_bit_network();
  std::map<std::string, Expected> expected;
  for (const char* norm : {"bn1", "layer2/0/bn1", "layer3/0/bn2"})
    expected[norm] = expected_of(network, norm);
  reestimate(network);
  const auto found = values(network);
  for (const auto& [norm, statistics] : expected) {
    for (std::size_t c = 0; c < statistics.mean.size(); ++c) {
      INFO(norm << ", channel " << c);
      const long at = static_cast<long>(c);
      CHECK(static_cast<double>(found.at(norm + "/running_mean")[at]) ==
            Approx(statistics.mean[c]).margin(1e-5));
      CHECK(static_cast<double>(found.at(norm + "/running_var")[at]) ==
            Approx(statistics.variance[c]).epsilon(1e-4));
    }
  }
}

TEST_CASE("taking_statistics_anew_forgets_the_old_ones_and_changes_nothing_else") {
  Network network = four_bit_network(), other = four_bit_network();
  const auto before = values(network);
  other.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (path.ends_with("running_var")) value.mutable_value().fill(std::numeric_limits<Real>::infinity());
  });
  reestimate(network), reestimate(other);
  const auto after = values(network), others = values(other);
  for (const auto& [path, value] : after) {
    INFO(path);
    const bool statistic = path.ends_with("running_mean") || path.ends_with("running_var");
    CHECK(same_bits(value, before.at(path)) != statistic);
    CHECK(same_bits(value, others.at(path)));
  }
  reestimate(network);
  const auto again = values(network);
  for (const auto& [path, value] : after) CHECK(same_bits(value, again.at(path)));
  for (NetworkNode& node : network.nodes()) {
    if (const auto* norm = std::get_if<BatchNorm>(&node.layer)) CHECK(norm->options.momentum == 0.1);
  }
}

TEST_CASE("statistics_taken_anew_have_the_same_bits_on_any_number_of_threads") {
  const auto with_threads = [](int count) {
    set_threads(count);
    Network network = four_bit_network();
    reestimate(network);
    set_threads(0);
    return values(network);
  };
  const auto one = with_threads(1), three = with_threads(3);
  for (const auto& [path, value] : one) {
    INFO(path);
    CHECK(same_bits(value, three.at(path)));
  }
}

TEST_CASE("frozen_norms_keep_their_statistics") {
  Network network = four_bit_network();
  freeze(network, "layer1/*");
  const auto before = values(network);
  CHECK(has_norms_to_estimate(network));
  reestimate(network);
  const auto after = values(network);
  CHECK(same_bits(before.at("layer1/0/bn1/running_mean"), after.at("layer1/0/bn1/running_mean")));
  CHECK(!same_bits(before.at("layer2/0/bn1/running_mean"), after.at("layer2/0/bn1/running_mean")));
  freeze(network, "*");
  CHECK(!has_norms_to_estimate(network));
}

}  // namespace nibble::reestimate_norms_test
