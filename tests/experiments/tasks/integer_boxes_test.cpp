// Boxes of integers against those of double precision from the same codes.
#include "experiments/tasks/integer_boxes.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "core/random.h"
#include "edge/lower/box_tables.h"
#include "edge/run/find_boxes.h"
#include "tests/support/float_boxes.h"

namespace nibble::integer_boxes_test {
namespace {

constexpr double kScoreError = 1.0 / 32768;  // of a score
constexpr long kSide = 416;

struct Case {
  std::string name;
  darknet::YoloHead head;
  double scale, shift;  // of the codes
};

std::vector<Case> cases() {
  darknet::YoloHead plain;
  plain.anchors = {{12, 18}, {119, 199}, {459, 401}};
  plain.classes = 4;
  darknet::YoloHead scaled = plain;
  scaled.scale_x_y = 1.2;
  darknet::YoloHead squared = plain;
  squared.new_coords = true;
  squared.scale_x_y = 2;
  return {{"as YOLO-V3", plain, 0.07, -11},
          {"as YOLO-V4", scaled, 0.06, -9},
          {"new_coords", squared, 1.0 / 255, 0}};
}

// Two heads of 13 x 13 and 26 x 26 cells.
edge::IntegerGraph graph_of(const Case& one, double suppression) {
  std::vector<edge::IntegerTensor> outputs;
  for (const long cells : {13, 26})
    outputs.push_back({.name = str("head of ", cells),
                       .shape = {cells, cells, 27},
                       .top = 255,
                       .scale = one.scale,
                       .shift = one.shift});
  return graph_of_heads({kSide, kSide, 3}, outputs, {one.head, one.head}, suppression);
}

// Most anchors see nothing, as in a picture.
edge::IntegerOutputs codes_of(const edge::IntegerGraph& graph, std::uint64_t seed) {
  Rng rng(seed);
  edge::IntegerOutputs outputs;
  for (const int number : graph.outputs) {
    const Shape& shape = graph.tensor(number).shape;
    outputs.push_back(Array<std::int32_t>({1, shape[0], shape[1], shape[2]}));
    for (long i = 0; i < outputs.back().size(); ++i) {
      const bool sees = rng.below(8) == 0 || i % 9 != 4;
      outputs.back()[i] = sees ? static_cast<std::int32_t>(rng.below(256)) : 0;
    }
  }
  return outputs;
}

// Takes the one out of `others` that is nearest, of the same class and score. Returns how far it is.
double take_nearest(const Detection& one, std::vector<Detection>& others) {
  auto nearest = others.end();
  double least = 1e9;
  for (auto other = others.begin(); other != others.end(); ++other) {
    if (other->label != one.label || std::abs(other->score - one.score) > kScoreError) continue;
    const double far = farthest_edge(other->extent, one.extent);
    if (far < least) {
      least = far;
      nearest = other;
    }
  }
  if (nearest != others.end()) others.erase(nearest);
  return least;
}

}  // namespace

TEST_CASE("integers_find_the_candidates_of_double_precision_within_a_sixteenth_of_a_pixel") {
  for (const Case& one : cases()) {
    const edge::IntegerGraph graph = graph_of(one, 1);  // nothing is suppressed
    for (const double threshold : {0.05, 0.5}) {
      const edge::IntegerOutputs codes = codes_of(graph, 7);
      const std::vector<Detection> real = float_candidates(graph, codes, 0, {one.head, one.head}, threshold);
      std::vector<Detection> found = detections(edge::find_boxes(graph, codes, 0, edge::score_of(threshold)),
                                                {0, 0, kSide, kSide}, kSide, kSide);
      INFO(one.name << ", above " << threshold << ": " << real.size() << " and " << found.size());
      CHECK(real.size() > 100);
      double worst = 0;
      for (const Detection& d : real) {
        const double far = take_nearest(d, found);
        if (std::abs(d.score - threshold) > kScoreError) worst = std::max(worst, far);
      }
      CHECK(worst <= 1.0 / 16);
      for (const Detection& left : found) CHECK(std::abs(left.score - threshold) <= kScoreError);
    }
  }
}

TEST_CASE("integers_suppress_what_double_precision_suppresses_among_the_same_boxes") {
  for (Case one : cases()) {
    for (const bool by_distance : {false, true}) {
      one.head.suppression = by_distance ? darknet::NmsKind::distance : darknet::NmsKind::greedy;
      INFO(one.name << (by_distance ? ", by distance" : ""));
      edge::IntegerGraph graph = graph_of(one, 1);
      const edge::IntegerOutputs codes = codes_of(graph, 9);
      const auto boxes_of = [&] { return edge::find_boxes(graph, codes, 0, edge::score_of(0.1)); };
      const std::vector<edge::Box> all = boxes_of();
      graph.boxes->overlap = edge::overlap_of(0.45);
      const std::vector<Detection> expected =
          suppress(detections(all, {0, 0, kSide, kSide}, kSide, kSide), 0.45,
                   by_distance ? Suppression::distance : Suppression::greedy);
      const std::vector<Detection> found = detections(boxes_of(), {0, 0, kSide, kSide}, kSide, kSide);
      CHECK(found.size() < all.size());
      CHECK(found == expected);
    }
  }
}

TEST_CASE("boxes_are_stretched_to_the_picture_or_out_of_their_letterbox") {
  const std::vector<Detection> found =
      detections({{0, 64 * 256, 208 * 256, 416 * 256, 1u << 31, 3}}, {0, 0, 416, 416}, 832, 208);
  REQUIRE(found.size() == 1);
  CHECK(found[0] == Detection{3, 0.5, {0, 32, 416, 176}});
  // In a letterbox: 104 rows of 416, behind 156 of border, in which the box begins.
  const std::vector<Detection> boxed =
      detections({{0, 64 * 256, 208 * 256, 208 * 256, 1u << 31, 3}}, {156, 0, 104, 416}, 832, 208);
  CHECK(boxed[0] == Detection{3, 0.5, {0, 0, 416, 104}});
}

}  // namespace nibble::integer_boxes_test
