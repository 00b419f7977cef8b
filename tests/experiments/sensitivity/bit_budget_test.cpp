#include "experiments/sensitivity/bit_budget.h"

#include <catch2/catch.hpp>

#include "experiments/config/config.h"
#include "tests/support/temporary_directory.h"

namespace nibble::bit_budget_test {
namespace {

constexpr int kBits[] = {2, 3, 4, 8};

ProbedPart part(const std::string& layer, PartKind kind, long values, const std::vector<double>& noise,
                bool edge = false) {
  ProbedPart probed{
      .layer = layer,
      .part = {.layer = {}, .kind = kind, .values = values, .bits = edge ? 8 : 4, .edge = edge}};
  for (std::size_t b = 0; b < noise.size(); ++b) probed.at[b].noise = noise[b];
  return probed;
}

// Two layers of equal size between edges: the first suffers three times as much from few bits.
Sensitivity two_layers() {
  using enum PartKind;
  Sensitivity found;
  found.parts = {
      part("first", weight, 50, {1, 1, 1, 1}, true),       part("first", input, 50, {1, 1, 1, 1}, true),
      part("a/conv", weight, 100, {3.0, 0.75, 0.1875, 0}), part("a/conv", input, 10, {0.3, 0.2, 0.1, 0}),
      part("b/conv", weight, 100, {1.0, 0.25, 0.0625, 0}), part("b/conv", input, 30, {0.3, 0.1, 0.05, 0}),
      part("last", weight, 50, {1, 1, 1, 1}, true)};
  return found;
}

}  // namespace

TEST_CASE("bits_go_where_they_take_away_the_most_noise_for_each_value") {
  // The third bit is worth 3/100 to the first and 5/200 to the second.
  const std::vector<BitChoice> choices{{.values = 100, .noise = {4, 1, 0.5, 0.4}},
                                       {.values = 200, .noise = {6, 1, 0.2, 0.1}}};
  CHECK(choose_bits(choices, kBits, 2) == std::vector<int>{2, 2});
  CHECK(choose_bits(choices, kBits, 2.3) == std::vector<int>{2, 2});   // 90 of 100 bits are of no use
  CHECK(choose_bits(choices, kBits, 2.34) == std::vector<int>{3, 2});  // 102 bits more than 2 everywhere
  CHECK(choose_bits(choices, kBits, 3) == std::vector<int>{3, 3});     // 300
  CHECK(choose_bits(choices, kBits, 3.5) ==
        std::vector<int>{4, 3});  // 450: a fourth bit of the second costs 200
  CHECK(choose_bits(choices, kBits, 8) == std::vector<int>{8, 8});
}

TEST_CASE("a_step_may_leave_out_bits_that_are_not_worth_theirs") {
  const std::vector<BitChoice> choices{{.values = 1, .noise = {9, 9, 1, 1}},
                                       {.values = 1, .noise = {5, 4, 3.5, 3}}};
  CHECK(choose_bits(choices, kBits, 3) == std::vector<int>{4, 2});
  CHECK(choose_bits(choices, kBits, 8) == std::vector<int>{4, 8});  // more bits for the first help nobody
}

TEST_CASE("a_proposal_keeps_the_budget_for_weights_and_for_activations_and_leaves_the_ends_alone") {
  const BitProposal proposal = propose_bits(two_layers(), 3.5);
  REQUIRE(proposal.overrides.size() == 2);
  CHECK(proposal.overrides[0].pattern == "a/conv");
  CHECK(proposal.overrides[0].weight_bits == 4);
  CHECK(proposal.overrides[1].weight_bits == 3);
  // 60 bits beside two for each of 40 activations: 20 go to the first, 30 to the second, 10 are left over.
  CHECK(proposal.overrides[0].activation_bits == 4);
  CHECK(proposal.overrides[1].activation_bits == 3);
  CHECK(proposal.weights.chosen == Approx(3.5));
  CHECK(proposal.weights.all == Approx((400 + 300 + 100 * 8) / 300.0));
  CHECK(proposal.activations.chosen == Approx((10 * 4 + 30 * 3) / 40.0));
  CHECK(proposal.activations.all == Approx((40 + 90 + 50 * 8) / 90.0));
  CHECK(proposal.noise == Approx(0.1875 + 0.25 + 0.1 + 0.1));
}

TEST_CASE("proposals_are_read_back_by_configs") {
  const TemporaryDirectory directory;
  for (const double budget : {2.0, 3.0, 4.0, 5.5, 8.0}) {
    const BitProposal proposal = propose_bits(two_layers(), budget);
    CHECK(proposal.weights.chosen <= budget);
    CHECK(proposal.activations.chosen <= budget);
    std::string text = "[quant]\n";
    for (const std::string& value : override_values(proposal.overrides)) text += "override = " + value + "\n";
    write_file(directory / "a.ini", text);
    const std::vector<LayerOverride> read = read_config((directory / "a.ini").string()).quant.overrides;
    REQUIRE(read.size() == proposal.overrides.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      CHECK(read[i].pattern == proposal.overrides[i].pattern);
      CHECK(read[i].weight_bits == proposal.overrides[i].weight_bits);
      CHECK(read[i].activation_bits == proposal.overrides[i].activation_bits);
    }
  }
}

TEST_CASE("budgets_that_no_bits_meet_are_refused") {
  CHECK_THROWS_WITH(propose_bits(two_layers(), 1.9),
                    "sensitivity: found a budget of 1.9 bits, expected from 2 to 8");
  CHECK_THROWS_WITH(propose_bits(two_layers(), 8.5),
                    "sensitivity: found a budget of 8.5 bits, expected from 2 to 8");
  Sensitivity ends = two_layers();
  for (ProbedPart& probed : ends.parts) probed.part.edge = true;
  CHECK_THROWS_WITH(propose_bits(ends, 4), Catch::StartsWith("sensitivity: found no layer with weights"));
}

}  // namespace nibble::bit_budget_test
