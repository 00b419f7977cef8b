#include "edge/lower/box_tables.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/check.h"

namespace nibble::edge::box_tables_test {
namespace {

IntegerTensor head_of(double scale, double shift) {
  return {.name = "head", .shape = {13, 13, 21}, .top = 255, .scale = scale, .shift = shift};
}
const Shape kPicture{416, 416, 3};
const RealBoxHead kRules{.anchors = {{10, 13}, {16, 30}, {33, 23}}, .classes = 2, .scale_x_y = 1.2};

}  // namespace

TEST_CASE("tables_of_boxes_are_their_functions_rounded_at_every_code") {
  for (const bool new_coords : {false, true}) {
    const IntegerTensor head = new_coords ? head_of(1.02 / 255, -0.01) : head_of(0.11, -20);
    RealBoxHead rules = kRules;
    rules.new_coords = new_coords;
    const BoxHead tables = box_head(head, kPicture, rules);
    REQUIRE(tables.probability.size() == 256);
    for (int q = 0; q < 256; ++q) {
      INFO("code " << q);
      const auto i = static_cast<std::size_t>(q);
      const long double t = static_cast<long double>(head.scale) * q + head.shift,
                        share = new_coords ? t : 1 / (1 + std::exp(-t)),
                        side = new_coords ? 4 * t * t : std::exp(t);
      const long double probable = std::min(std::max(share, 0.0L) * 65536, 65535.0L);
      CHECK(std::abs(tables.probability[i] - probable) <= 0.5000001L);
      CHECK(std::abs(tables.place[i] - (1.2L * share - 0.1L) * 65536) <= 0.5000001L);
      CHECK(std::abs(tables.extent[i] - std::min(side * 65536, 4294967295.0L)) <= 0.5000001L);
    }
  }
}

TEST_CASE("sides_of_cells_and_anchors_are_rounded_once") {
  const BoxHead tables = box_head(head_of(0.1, -10), kPicture, kRules);
  CHECK(tables.cell.width == 32 << 16);
  CHECK(tables.anchors[1].width == 8 << 16);
  CHECK(tables.anchors[0].height == 13 << 15);
  IntegerTensor odd = head_of(0.1, -10);
  odd.shape = {10, 7, 21};
  CHECK(box_head(odd, {300, 100, 3}, kRules).cell.height == 30 << 16);
  CHECK(box_head(odd, {300, 100, 3}, kRules).cell.width == 936229);  // 100 / 7 · 2¹⁶ = 936228.57
}

TEST_CASE("numbers_beyond_all_bounds_are_limited") {
  const BoxHead tables = box_head(head_of(10, -1000), kPicture, kRules);
  CHECK(tables.probability.front() == 0);
  CHECK(tables.probability.back() == 65535);
  CHECK(tables.extent.front() == 0);
  CHECK(tables.extent.back() == 4294967295u);
}

TEST_CASE("anchors_that_fit_no_word_are_refused") {
  for (const double side : {0.00001, 65536.0}) {
    RealBoxHead rules = kRules;
    rules.anchors[1].height = side;
    CHECK_THROWS_WITH(box_head(head_of(0.1, -10), kPicture, rules),
                      Catch::Contains("lower: boxes of 'head': found an anchor of") &&
                          Catch::Contains("expected 1/32768 to below 65536"));
  }
}

}  // namespace nibble::edge::box_tables_test
