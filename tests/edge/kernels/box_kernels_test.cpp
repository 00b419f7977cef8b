// The search for boxes in C against its definition (edge/run/find_boxes.h).
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "edge/graph/verify.h"
#include "edge/kernels/portable/nbl_boxes.h"
#include "edge/lower/box_tables.h"
#include "edge/run/find_boxes.h"
#include "tests/edge/random_detector.h"

namespace nibble::edge::box_kernels_test {
namespace {

// What an export writes of a graph's boxes, in memory.
class InC {
 public:
  explicit InC(const IntegerGraph& graph) : graph_(graph) {
    const BoxDecoder& boxes = *graph.boxes;
    for (const BoxHead& head : boxes.heads) {
      anchors_.emplace_back();
      for (const BoxSize& anchor : head.anchors) anchors_.back().push_back({anchor.width, anchor.height});
    }
    for (std::size_t k = 0; k < boxes.heads.size(); ++k) {
      const BoxHead& head = boxes.heads[k];
      const Shape& shape = graph.tensor(graph.outputs[k]).shape;
      heads_.push_back({static_cast<std::int32_t>(shape[0]),
                        static_cast<std::int32_t>(shape[1]),
                        static_cast<std::int32_t>(head.anchors.size()),
                        head.classes,
                        {head.cell.width, head.cell.height},
                        anchors_[k].data(),
                        head.probability.data(),
                        head.place.data(),
                        head.extent.data()});
    }
    const Shape& picture = graph.input().shape;
    boxes_ = {
        static_cast<std::int32_t>(heads_.size()),         heads_.data(),
        static_cast<std::int32_t>(picture[1] * kBoxUnit), static_cast<std::int32_t>(picture[0] * kBoxUnit),
        static_cast<std::int32_t>(boxes.overlap),         boxes.by_distance};
  }

  // Returns what the kernel returns; `found` are the boxes that it wrote.
  std::int32_t find(const IntegerOutputs& outputs, long image, std::uint32_t threshold, std::size_t capacity,
                    std::vector<Box>& found) const {
    std::vector<std::vector<std::uint8_t>> codes;
    for (const Array<std::int32_t>& output : outputs) {
      const Array<std::int32_t> row = output.rows(image, image + 1);
      codes.emplace_back(row.begin(), row.end());
    }
    std::vector<const std::uint8_t*> heads;
    for (const auto& head : codes) heads.push_back(head.data());
    std::vector<nbl_box_t> room(capacity + 1, nbl_box_t{-7, -7, -7, -7, 7, -7});
    const std::int32_t count =
        nbl_find_boxes_a8(&boxes_, heads.data(), threshold, room.data(), static_cast<std::int32_t>(capacity));
    CHECK(room.back().label == -7);  // nothing behind the room
    found.clear();
    for (std::size_t i = 0; i < capacity && static_cast<std::int32_t>(i) < count; ++i)
      found.push_back(
          {room[i].left, room[i].top, room[i].right, room[i].bottom, room[i].score, room[i].label});
    return count;
  }

 private:
  const IntegerGraph& graph_;
  std::vector<std::vector<nbl_box_size_t>> anchors_;
  std::vector<nbl_box_head_t> heads_;
  nbl_boxes_t boxes_{};
};

// For room for none, few, one fewer than there are, just enough, and more.
void check_kernel(const IntegerGraph& graph, const IntegerOutputs& outputs, std::uint32_t threshold) {
  const InC c(graph);
  for (long image = 0; image < outputs.front().shape()[0]; ++image) {
    const std::vector<Box> expected = find_boxes(graph, outputs, image, threshold);
    const std::size_t all = expected.size();
    std::vector<Box> best;  // of each class
    for (const Box& box : expected)
      if (std::ranges::find(best, box.label, &Box::label) == best.end()) best.push_back(box);
    CHECK(find_boxes(graph, outputs, image, threshold, 1) == best);
    for (const std::size_t capacity : {std::size_t{0}, std::size_t{3}, all - (all > 0), all, all + 5}) {
      INFO(graph.name << ", image " << image << ", threshold " << threshold << ", room for " << capacity
                      << " of " << all);
      std::vector<Box> found;
      const std::int32_t count = c.find(outputs, image, threshold, capacity, found);
      CHECK(count == static_cast<std::int32_t>(std::min(all, capacity + 1)));
      REQUIRE(found.size() == std::min(all, capacity));
      CHECK(std::equal(found.begin(), found.end(), expected.begin()));
    }
  }
}

// Tables as large as verify lets them be, for the largest pictures.
IntegerGraph extreme_detector(bool by_distance) {
  IntegerGraph graph = random_detector(1, {.by_distance = by_distance});
  graph.tensors[0].shape = {kLargestPicture, kLargestPicture, 3};
  for (BoxHead& head : graph.boxes->heads) {
    for (std::size_t q = 0; q < head.place.size(); ++q) {
      head.place[q] = q % 3 == 0 ? -kMostCells : q % 3 == 1 ? kMostCells : 30000;
      head.extent[q] = q % 4 == 0 ? 0 : q % 4 == 1 ? 4294967295u : 1u << (q % 30);
      head.probability[q] = q % 2 == 0 ? 65535 : 60000;
    }
    head.anchors[0] = {kLargestAnchor - 1, 1};
    head.cell = {static_cast<std::uint32_t>(kLargestPicture << 12),
                 static_cast<std::uint32_t>(kLargestPicture << 12)};
  }
  check_boxes(graph);
  return graph;
}

}  // namespace

TEST_CASE("boxes_in_c_are_those_of_the_definition_on_random_codes") {
  for (std::uint64_t seed = 1; seed < 9; ++seed) {
    const IntegerGraph graph = random_detector(
        seed, {.heads = seed % 2 ? 2 : 1, .by_distance = seed % 4 < 2, .new_coords = seed % 3 == 0});
    const IntegerOutputs outputs = random_heads(graph, 3, seed);
    for (const double share : {0.0, 0.05, 0.5, 0.9, 0.9999}) check_kernel(graph, outputs, score_of(share));
  }
}

TEST_CASE("codes_and_tables_at_their_extremes_stay_in_their_types") {
  for (const bool by_distance : {false, true}) {
    const IntegerGraph graph = extreme_detector(by_distance);
    check_kernel(graph, random_heads(graph, 2, 5), 0);
    for (const bool high : {false, true}) {
      IntegerOutputs outputs = random_heads(graph, 1, 6);
      for (Array<std::int32_t>& output : outputs) output.fill(high ? 255 : 0);
      check_kernel(graph, outputs, 0);
    }
  }
}

TEST_CASE("heads_that_say_nothing_have_no_boxes") {
  const IntegerGraph graph = random_detector(3);
  const IntegerOutputs outputs = random_heads(graph, 1, 3);
  CHECK(find_boxes(graph, outputs, 0, 4294967295u).empty());
  std::vector<Box> found;
  CHECK(InC(graph).find(outputs, 0, 4294967295u, 4, found) == 0);
}

}  // namespace nibble::edge::box_kernels_test
