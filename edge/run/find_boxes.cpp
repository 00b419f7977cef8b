#include "edge/run/find_boxes.h"

#include <algorithm>

#include "core/check.h"
#include "edge/graph/wide_integer.h"

namespace nibble::edge {

namespace {

struct Edges {
  std::int32_t low, high;
};

// Along one axis, of `pixels`: from the codes of centre and side in cell number `at`.
Edges edges_of(const BoxHead& head, long at, std::int32_t place_code, std::int32_t side_code,
               std::uint32_t cell, std::uint32_t anchor, long pixels) {
  const std::int64_t half_unit = 1 << 23;
  const std::int64_t centre =
      static_cast<std::int64_t>(
          ((Int128{at} << 16) + head.place.at(static_cast<std::size_t>(place_code))) * cell + half_unit) >>
      24;
  const Int128 side =
      (Int128{head.extent.at(static_cast<std::size_t>(side_code))} * anchor + half_unit) >> 24;
  const auto half = static_cast<std::int64_t>(std::min<Int128>(side, kBoxReach));
  const auto limited = [&](std::int64_t v) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(v, 0, pixels * kBoxUnit));
  };
  return {limited(centre - half), limited(centre + half)};
}

// All candidates of one head, in the order in which they stand. codes: of one image.
void add_candidates(const BoxHead& head, const Shape& shape, const Shape& picture, const std::int32_t* codes,
                    std::uint32_t threshold, std::vector<Box>& candidates) {
  const auto probability = [&](std::int32_t code) -> std::uint32_t {
    return head.probability.at(static_cast<std::size_t>(code));
  };
  for (long i = 0; i < shape[0]; ++i) {
    for (long j = 0; j < shape[1]; ++j) {
      for (const BoxSize& anchor : head.anchors) {
        const Edges x = edges_of(head, j, codes[0], codes[2], head.cell.width, anchor.width, picture[1]);
        const Edges y = edges_of(head, i, codes[1], codes[3], head.cell.height, anchor.height, picture[0]);
        for (int c = 0; c < head.classes; ++c) {
          const std::uint32_t score = probability(codes[4]) * probability(codes[5 + c]);
          if (score > threshold) candidates.push_back({x.low, y.low, x.high, y.high, score, c});
        }
        codes += 5 + head.classes;
      }
    }
  }
}

std::int64_t area(const Box& box) {
  return std::int64_t{box.right - box.left} * std::int64_t{box.bottom - box.top};
}

std::int64_t intersection(const Box& a, const Box& b) {
  const std::int64_t w = std::min(a.right, b.right) - std::max(a.left, b.left),
                     h = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return w <= 0 || h <= 0 ? 0 : w * h;
}

// ⌊(distance of the centres)² · 2¹⁶ / diagonal²⌋. Sums of edges are centres, twice.
std::int64_t distance(const Box& a, const Box& b) {
  const Int128 x = (a.left + a.right) - (b.left + b.right), y = (a.top + a.bottom) - (b.top + b.bottom);
  const Int128 w = std::max(a.right, b.right) - std::min(a.left, b.left),
               h = std::max(a.bottom, b.bottom) - std::min(a.top, b.top);
  const Int128 diagonal = w * w + h * h;
  return diagonal == 0 ? 0 : static_cast<std::int64_t>((x * x + y * y) * (1 << 14) / diagonal);
}

}  // namespace

bool covers(const BoxDecoder& boxes, const Box& taken, const Box& other) {
  const Int128 both = intersection(taken, other), any = area(taken) + area(other) - both;
  if (!boxes.by_distance) return both * 65536 > any * boxes.overlap;
  const auto share = any == 0 ? 0 : static_cast<std::int64_t>(both * 65536 / any);
  return share - distance(taken, other) > std::int64_t{boxes.overlap};
}

std::vector<Box> find_boxes(const IntegerGraph& graph, const IntegerOutputs& outputs, long image,
                            std::uint32_t threshold, std::size_t most) {
  check(graph.boxes.has_value(), "find_boxes: graph '", graph.name, "' has no boxes, expected a detector");
  const BoxDecoder& boxes = *graph.boxes;
  std::vector<Box> candidates;
  for (std::size_t k = 0; k < boxes.heads.size(); ++k) {
    const Shape& shape = graph.tensor(graph.outputs[k]).shape;
    add_candidates(boxes.heads[k], shape, graph.input().shape, outputs[k].data() + image * shape.count(),
                   threshold, candidates);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Box& a, const Box& b) { return a.score > b.score; });
  std::vector<std::vector<Box>> taken(static_cast<std::size_t>(boxes.heads.front().classes));
  std::vector<Box> found;
  for (const Box& next : candidates) {
    std::vector<Box>& better = taken[static_cast<std::size_t>(next.label)];
    if (better.size() >= most) continue;
    const auto covered = [&](const Box& box) { return covers(boxes, box, next); };
    if (std::any_of(better.begin(), better.end(), covered)) continue;
    better.push_back(next);
    found.push_back(next);
  }
  return found;
}

}  // namespace nibble::edge
