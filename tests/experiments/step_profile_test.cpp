#include "experiments/step_profile.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "experiments/profile_json.h"
#include "experiments/profile_table.h"
#include "tests/support/temporary_directory.h"

using namespace nibble;

namespace {

// 100 ms: 50 of convolutions (10 of them quantizing weights), 30 of a chain with quantizers, 5 of a
// quantizer, the rest one by one.
StepProfile sample_profile() {
  StepProfile profile;
  profile.model = "net", profile.method = "lsq";
  profile.batch = 8, profile.threads = 2, profile.steps = 3, profile.step_seconds = 0.101;
  profile.rows = {
      {"conv",
       "conv2d",
       ProfileKind::convolution,
       {0.02, 0.004, {1e6, 2e9, Products::int8}},
       {0.03, 0.006, {3e6, 4e9, Products::bfloat16}}},
      {"bn",
       "batch_norm+relu+quantizer",
       ProfileKind::quantizing_chain,
       {0.01, 0, {5e6, 1e6, Products::none}},
       {0.02, 0, {6e6, 2e6, Products::none}}},
      {"pool/quant", "quantizer", ProfileKind::quantizers, {0.002, 0, {}}, {0.003, 0, {}}},
  };
  profile.loss_forward.seconds = 0.001;
  profile.loss_backward.seconds = 0.002;
  profile.optimizer = {0.01, 0, {4e6, 5e6, Products::none}};
  profile.data_wait.seconds = 0.0005;
  profile.rest.seconds = 0.0015;
  return profile;
}

double seconds_of(const StepProfile& profile, ProfileKind kind) {
  for (const ProfileTotal& total : totals(profile))
    if (total.kind == kind) return total.seconds;
  return 0;
}

}  // namespace

TEST_CASE("profile_totals_take_weight_quantizers_out_of_their_layers") {
  const StepProfile profile = sample_profile();
  CHECK(seconds_of(profile, ProfileKind::convolution) == Approx(0.04));
  CHECK(seconds_of(profile, ProfileKind::weight_quantizers) == Approx(0.01));
  CHECK(seconds_of(profile, ProfileKind::quantizing_chain) == Approx(0.03));
  CHECK(seconds_of(profile, ProfileKind::loss) == Approx(0.003));
  CHECK(seconds_of(profile, ProfileKind::data_wait) == Approx(0.0005));
  CHECK(profile.seconds() == Approx(0.1));
}

TEST_CASE("profile_bounds_the_share_of_fake_quantization") {
  const QuantizationShare share = quantization_share(sample_profile());
  CHECK(share.at_least == Approx(0.15));
  CHECK(share.at_most == Approx(0.45));
}

TEST_CASE("profile_of_a_float_network_has_no_quantization") {
  StepProfile profile = sample_profile();
  profile.rows = {{"conv", "conv2d", ProfileKind::convolution, {0.02, 0, {}}, {0.03, 0, {}}}};
  CHECK(quantization_share(profile).at_most == 0);
}

TEST_CASE("profile_prints_rates_of_each_row_and_totals") {
  std::ostringstream table;
  print_profile(sample_profile(), table);
  const std::string text = table.str();
  CHECK_THAT(text, Catch::Contains("a step takes 101 ms (median of 3)"));
  // forward: 20 ms, 1 MB, 0.05 GB/s, 100 GOP/s; backward: 30 ms, 3 MB, 0.1 GB/s, 133 GOP/s
  CHECK_THAT(text, Catch::Contains(
                       "    20.00     1.00    0.050      100    30.00     3.00    0.100      133   50.0 %"));
  CHECK_THAT(text, Catch::Contains("fake quantization: 15.0 % by itself, at most 45.0 %"));
}

TEST_CASE("profile_returns_from_its_file_as_it_was") {
  const TemporaryDirectory directory;
  const StepProfile before = sample_profile();
  write_file(directory / "p.json", profile_to_json(before));
  const StepProfile after = read_profile((directory / "p.json").string());
  CHECK(profile_to_json(after) == profile_to_json(before));
}

TEST_CASE("profile_names_the_file_that_is_none") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "p.json").string();
  CHECK_THROWS_WITH(read_profile(path), Catch::Contains("p.json: cannot be read"));
  write_file(path, "{\"model\": 3");
  CHECK_THROWS_WITH(read_profile(path), Catch::Contains("p.json: is no profile"));
  std::string other = profile_to_json(sample_profile());
  other.replace(other.find("convolutions"), 12, "convulsions!");
  write_file(path, other);
  CHECK_THROWS_WITH(read_profile(path), Catch::Contains("'convulsions!'"));
}
