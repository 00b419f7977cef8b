#include "experiments/profile/step_profile.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "experiments/profile/profile_json.h"
#include "experiments/profile/profile_table.h"
#include "tests/support/sample_profile.h"
#include "tests/support/temporary_directory.h"

namespace nibble::step_profile_test {
namespace {

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
                       " 20.00    1.00     0.050        100   30.00    3.00     0.100        133  50.0 %"));
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

}  // namespace nibble::step_profile_test
