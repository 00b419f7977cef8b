#include "experiments/profile/scaling.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "experiments/process/exit_codes.h"
#include "layers/models/models.h"
#include "tests/support/small_training.h"

namespace nibble::scaling_test {
namespace {

ExperimentConfig small_config() {
  ExperimentConfig config = small_training("scaled", 96, 8, 32, 5);
  validate(config, "test");
  return config;
}

}  // namespace

TEST_CASE("messages_of_several_processes_are_counted") {
  const Link link{.bandwidth = 2, .latency = 50};
  const ScalingEstimate estimate = estimate_scaling(small_config(), 8, link, 6400);
  CHECK(estimate.steps == 200);
  REQUIRE(estimate.rows.size() == 4);
  CHECK(estimate.rows[0].norms + estimate.rows[0].gradients == 0);  // alone
  CHECK(estimate.rows[3].ranks == 8);
  CHECK(estimate.rows[3].samples == 4);
  CHECK(estimate.rows[3].compute == Approx(estimate.fixed_seconds + 4 * estimate.sample_seconds));

  Network network = build_model({.kind = "resnet8"}, {16, 16, 3}, 10, Rng(1));
  double gradients = 0, norm_numbers = 0;
  long norms = 0;
  network.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::statistic) gradients += 4 * static_cast<double>(value.value().size());
  });
  for (const NetworkNode& node : network.nodes()) {
    if (!std::holds_alternative<BatchNorm>(node.layer)) continue;
    ++norms;
    norm_numbers += 2 * static_cast<double>(node.shape.back());
  }
  CHECK(estimate.gradient_bytes == gradients);
  CHECK(estimate.norms == norms);
  // Each norm tells 8 bytes a number, 3 times on the way forward and 3 times back.
  CHECK(estimate.rows[3].norms == Approx(6 * (static_cast<double>(norms) * 50e-6 + 8 * norm_numbers / 2e9)));
  CHECK(estimate.rows[3].gradients == Approx(9 * 50e-6 + 2 * 7.0 / 8 * gradients / 2e9));
}

TEST_CASE("an_estimate_for_several_processes_is_a_table") {
  const Link link;
  std::ostringstream out;
  print_scaling(estimate_scaling(small_config(), 4, link, 0), link, out, 80);
  INFO(out.str());
  CHECK_THAT(out.str(),
             Catch::Contains("A batch of 32, 3 steps an epoch, 5 epochs") && Catch::Contains("efficiency"));
  CHECK_THROWS_AS(estimate_scaling(small_config(), 3, link, 0), UsageError);
  CHECK_THROWS_WITH(estimate_scaling(small_config(), 64, link, 0),
                    "train: found --ranks 64, expected a power of two that divides train.batch, 32");
}

}  // namespace nibble::scaling_test
