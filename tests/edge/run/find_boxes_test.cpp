#include "edge/run/find_boxes.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "edge/graph/verify.h"
#include "edge/lower/box_tables.h"
#include "tests/edge/random_detector.h"

namespace nibble::edge::find_boxes_test {
namespace {

// Two cells side by side of a picture of 16 x 8, one anchor, one class. Codes 0 ... 3 are tables by hand.
IntegerGraph two_cells() {
  IntegerGraph graph = random_detector(1, {.heads = 1});
  graph.tensors[0].shape = {8, 16, 3};
  IntegerTensor& head = graph.tensors[static_cast<std::size_t>(graph.outputs[0])];
  head.shape = {1, 2, 6};
  head.top = 3;
  BoxHead tables;
  tables.anchors = {{4 << 16, 2 << 16}};  // 8 x 4 pixels
  tables.classes = 1;
  tables.cell = {8 << 16, 8 << 16};
  tables.probability = {0, 16384, 32768, 65535};
  tables.place = {0, 16384, 32768, 65536};
  tables.extent = {0, 32768, 65536, 131072};
  graph.boxes = BoxDecoder{.heads = {tables}, .threshold = 0, .overlap = 32768, .by_distance = false};
  check_boxes(graph);
  return graph;
}

IntegerOutputs codes(const std::vector<std::int32_t>& of_cells) {
  IntegerOutputs outputs{Array<std::int32_t>({1, 1, 2, 6})};
  std::copy(of_cells.begin(), of_cells.end(), outputs[0].begin());
  return outputs;
}

constexpr std::uint32_t kQuarter = 32768u * 32768u;

}  // namespace

TEST_CASE("a_box_stands_where_its_codes_say") {
  const IntegerGraph graph = two_cells();
  // Cell 0: centre (4, 2), 8 x 4 pixels; cell 1: centre (16, 8), twice the anchor, which leaves the picture.
  const std::vector<Box> found = find_boxes(graph, codes({2, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3}), 0, 0);
  REQUIRE(found.size() == 2);
  CHECK(found[0] == Box{8 * 256, 4 * 256, 16 * 256, 8 * 256, 65535u * 65535u, 0});
  CHECK(found[1] == Box{0, 0, 8 * 256, 4 * 256, kQuarter, 0});
}

TEST_CASE("a_threshold_is_exact") {
  const IntegerGraph graph = two_cells();
  const IntegerOutputs outputs = codes({2, 1, 2, 2, 2, 2, 2, 1, 0, 0, 2, 0});
  CHECK(find_boxes(graph, outputs, 0, kQuarter - 1).size() == 1);
  CHECK(find_boxes(graph, outputs, 0, kQuarter).empty());
  CHECK(score_of(0.25) == kQuarter);
  // What is above 0.001 is what is above ⌊0.001 · 2³²⌋.
  CHECK(score_of(0.001) == 4294967);
  CHECK(score_of(1) == 4294967295u);
}

TEST_CASE("of_two_boxes_that_overlap_the_better_one_stays_and_of_equal_ones_the_earlier") {
  IntegerGraph graph = two_cells();
  // Centres (8, 4) and (8, 4), once from each cell; the second is as large as both, then half as wide.
  const auto pair = [](std::int32_t first, std::int32_t second, std::int32_t width) {
    return codes({3, 2, 2, 2, first, 3, 0, 2, width, 2, second, 3});
  };
  CHECK(find_boxes(graph, pair(2, 2, 2), 0, 0) ==
        std::vector<Box>{{4 * 256, 2 * 256, 12 * 256, 6 * 256, 32768u * 65535u, 0}});
  const std::vector<Box> better = find_boxes(graph, pair(1, 2, 2), 0, 0);
  REQUIRE(better.size() == 1);
  CHECK(better[0].score == 32768u * 65535u);
  // The overlap of half is not more than half.
  CHECK(find_boxes(graph, pair(2, 2, 1), 0, 0).size() == 2);
  graph.boxes->overlap = 32767;
  CHECK(find_boxes(graph, pair(2, 2, 1), 0, 0).size() == 1);
  graph.boxes->overlap = 65536;
  CHECK(find_boxes(graph, pair(2, 2, 2), 0, 0).size() == 2);
}

TEST_CASE("centres_that_are_apart_save_a_box_by_distance") {
  BoxDecoder boxes{.heads = {}, .threshold = 0, .overlap = 0, .by_distance = false};
  const Box a{0, 0, 1024, 1024, 2, 0}, b{0, 0, 1024, 512, 1, 0};
  // Half of a is b. The centres are 256 apart, the diagonal of a is 1024 · √2: 1/2 − 1/32.
  boxes.overlap = 32768 - 2048 - 1;
  CHECK(covers(boxes, a, b));
  boxes.by_distance = true;
  CHECK(covers(boxes, a, b));
  boxes.overlap = 32768 - 2048;
  CHECK_FALSE(covers(boxes, a, b));
  boxes.by_distance = false;
  CHECK(covers(boxes, a, b));
  // Boxes without an area overlap nothing, themselves included, and nothing is divided by 0.
  const Box point{5, 5, 5, 5, 1, 0};
  for (const bool by_distance : {false, true}) {
    boxes = {.heads = {}, .threshold = 0, .overlap = 0, .by_distance = by_distance};
    CHECK_FALSE(covers(boxes, point, point));
    CHECK_FALSE(covers(boxes, a, point));
  }
}

TEST_CASE("boxes_of_different_classes_leave_each_other_alone") {
  const IntegerGraph graph = random_detector(2, {.heads = 1});
  IntegerOutputs outputs = random_heads(graph, 1, 2);
  outputs[0].fill(0);
  for (int c = 4; c < 8; ++c) outputs[0][c] = 255;  // the first anchor sees all three classes
  const std::vector<Box> found = find_boxes(graph, outputs, 0, graph.boxes->threshold);
  REQUIRE(found.size() == 3);
  for (int c = 0; c < 3; ++c) CHECK(found[static_cast<std::size_t>(c)].label == c);
}

TEST_CASE("boxes_that_do_not_fit_their_outputs_are_refused") {
  const auto refused = [](const auto& change, const char* words) {
    IntegerGraph graph = random_detector(1);
    change(graph);
    CHECK_THROWS_WITH(verify(graph), Catch::Contains(words));
  };
  refused([](IntegerGraph& g) { g.boxes->heads.pop_back(); },
          "found 1 heads, expected one for each of 2 outputs");
  refused([](IntegerGraph& g) { g.boxes->heads[0].place.pop_back(); },
          "found tables of 256, 255 and 256 entries, expected 256");
  refused([](IntegerGraph& g) { g.boxes->heads[0].place[7] = kMostCells + 1; }, "expected at most 16");
  refused([](IntegerGraph& g) { g.boxes->heads[1].classes = 4; }, "expected codes [height, width, 9]");
  refused([](IntegerGraph& g) { g.boxes->heads[0].anchors[0].width = 0; }, "found half an anchor of 0 x");
  refused([](IntegerGraph& g) { g.boxes->heads[0].cell.height = 1u << 31; }, "found a cell of");
  refused([](IntegerGraph& g) { g.boxes->heads[0].cell.height = 1u << 30; }, "expected at most 32768 pixels");
  refused([](IntegerGraph& g) { g.boxes->overlap = 65537; }, "found an overlap of 65537 / 65536");
}

}  // namespace nibble::edge::find_boxes_test
