#include "experiments/detection/detection.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "experiments/detection/decode.h"

namespace nibble::detection_test {
namespace {

const Extent kUnit{0, 0, 2, 2};

}  // namespace

TEST_CASE("overlaps_of_rectangles") {
  CHECK(overlap(kUnit, kUnit) == 1);
  CHECK(overlap(kUnit, {1, 0, 2, 2}) == Approx(1.0 / 3));
  CHECK(overlap(kUnit, {2, 2, 2, 2}) == 0);
  CHECK(overlap(kUnit, {5, 5, 0, 0}) == 0);
  CHECK(overlap({1, 1, 0, 0}, {1, 1, 0, 0}) == 0);  // both empty
  // Centres (1, 1) and (2, 1), around both 3 x 2.
  CHECK(distance_overlap(kUnit, {1, 0, 2, 2}) == Approx(1.0 / 3 - 1.0 / 13));
  CHECK(distance_overlap(kUnit, kUnit) == 1);
}

TEST_CASE("suppression_keeps_the_best_of_those_that_overlap") {
  const std::vector<Detection> found{{0, 0.5, {0, 0, 10, 10}},
                                     {0, 0.9, {1, 0, 10, 10}},
                                     {1, 0.4, {1, 0, 10, 10}},  // of another class
                                     {0, 0.3, {20, 0, 10, 10}},
                                     {0, 0.3, {50, 0, 10, 10}}};
  const std::vector<Detection> kept = suppress(found, 0.5);
  CHECK(kept == std::vector<Detection>{found[1], found[2], found[3], found[4]});
  CHECK(suppress(found, 0.9).size() == 5);
  // An overlap of exactly the threshold stays.
  CHECK(suppress({{0, 1, {0, 0, 2, 2}}, {0, 0.5, {0, 0, 2, 1}}}, 0.5).size() == 2);
  CHECK(suppress({{0, 1, {0, 0, 2, 2}}, {0, 0.5, {0, 0, 2, 1}}}, 0.49).size() == 1);
  // Far apart centres count in DIoU: 0.5 − 0.25 / 8.
  CHECK(suppress({{0, 1, {0, 0, 2, 2}}, {0, 0.5, {0, 0, 2, 1}}}, 0.47, Suppression::distance).size() == 2);
  CHECK(suppress({}, 0.5).empty());
  // The best ones of each class.
  CHECK(suppress(found, 0.5, Suppression::greedy, 1) == std::vector<Detection>{found[1], found[2]});
}

TEST_CASE("heads_are_decoded_as_darknet_decodes_them") {
  darknet::YoloHead rules;
  rules.anchors = {{16, 8}, {32, 32}};
  rules.classes = 2;
  // One row of two cells; only the second anchor of the second cell speaks.
  std::vector<Real> t(2 * 2 * 7, Real(-20));
  const std::vector<Real> spoken{0, Real(1.1), Real(0.2), Real(-0.3), Real(2), Real(1), Real(-20)};
  std::copy(spoken.begin(), spoken.end(), t.begin() + 21);
  const auto logistic = [](double v) { return 1 / (1 + std::exp(-v)); };
  const DecodeRules picture{{32, 64, 3}, 200, 100, 0.1};
  SECTION("by_exponentials") {
    rules.scale_x_y = 1.2;
    const auto found = decode(t.data(), {1, 2, 14}, rules, picture);
    REQUIRE(found.size() == 1);
    CHECK(found[0].label == 0);
    CHECK(found[0].score == Approx(logistic(2) * logistic(1)));
    const double w = std::exp(0.2) * 32 / 64 * 200, h = std::exp(-0.3) * 32 / 32 * 100;
    const double x = (1 + 0.5 * 1.2 - 0.1) / 2 * 200, y = (logistic(1.1) * 1.2 - 0.1) * 100;
    CHECK(found[0].extent.x == Approx(x - w / 2));
    CHECK(found[0].extent.y == Approx(y - h / 2));
    CHECK(found[0].extent.x + found[0].extent.w == Approx(200));  // clipped
    CHECK(found[0].extent.h == Approx(std::min(100.0, y + h / 2) - (y - h / 2)));
  }
  SECTION("with_new_coords_values_are_logistic_already") {
    rules.new_coords = true;
    const std::vector<Real> shares{Real(0.5), Real(0.5), Real(0.6), Real(0.4),
                                   Real(0.9), Real(0.8), Real(0.05)};
    std::fill(t.begin(), t.end(), Real(0));
    std::copy(shares.begin(), shares.end(), t.begin() + 21);
    const auto found = decode(t.data(), {1, 2, 14}, rules, picture);
    REQUIRE(found.size() == 1);
    CHECK(found[0].score == Approx(0.72));
    CHECK(found[0].extent.w == Approx(200 - (150 - 4 * 0.36 * 32 / 64 * 200 / 2)));  // clipped at the right
    CHECK(found[0].extent.h == Approx(4 * 0.16 * 100));
  }
  SECTION("out_of_a_letterbox") {
    // Of 64 x 32 the picture fills 64 x 8 behind 12 rows: its rows are four times as high as seen by the net.
    const DecodeRules boxed{{32, 64, 3}, 200, 25, 0.1, Rectangle{12, 0, 8, 64}};
    t[21 + 1] = Real(0), t[21 + 3] = Real(-2.5);
    const auto found = decode(t.data(), {1, 2, 14}, rules, boxed);
    REQUIRE(found.size() == 1);
    const double h = std::exp(-2.5) * 32, y = 16 - 12;
    CHECK(found[0].extent.y == Approx((y - h / 2) / 8 * 25));
    CHECK(found[0].extent.h == Approx(h / 8 * 25));
    CHECK(found[0].extent.x == Approx(1.5 / 2 * 200 - std::exp(0.2) * 32 / 64 * 200 / 2));
  }
  SECTION("of_another_size") { CHECK_THROWS(decode(t.data(), {1, 2, 15}, rules, picture)); }
}

}  // namespace nibble::detection_test
