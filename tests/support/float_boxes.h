#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "edge/graph/integer_value.h"
#include "experiments/detection/decode.h"
#include "experiments/tasks/integer_boxes.h"

namespace nibble {

/// A graph of heads alone, for what reads no more than these: an input and its outputs, on grids as
/// tensors[1], ... have them.
inline edge::IntegerGraph graph_of_heads(const Shape& input, const std::vector<edge::IntegerTensor>& outputs,
                                         const std::vector<darknet::YoloHead>& heads, double suppression) {
  edge::IntegerGraph graph;
  graph.tensors.push_back({.name = "image", .shape = input});
  for (const edge::IntegerTensor& output : outputs) {
    graph.outputs.push_back(static_cast<int>(graph.tensors.size()));
    graph.tensors.push_back(output);
  }
  graph.boxes = box_decoder(graph, heads, 0.25, suppression);
  edge::check_boxes(graph);
  return graph;
}

/// All candidates of one image, in double, from the numbers that its codes stand for, in the order in which
/// they stand; in pixels of the input.
inline std::vector<Detection> float_candidates(const edge::IntegerGraph& graph,
                                               const edge::IntegerOutputs& codes, long image,
                                               const std::vector<darknet::YoloHead>& heads,
                                               double threshold) {
  const Shape& input = graph.input().shape;
  std::vector<Detection> all;
  for (std::size_t k = 0; k < heads.size(); ++k) {
    const edge::IntegerTensor& tensor = graph.tensor(graph.outputs[k]);
    std::vector<Real> numbers;
    const std::int32_t* const row = codes[k].data() + image * tensor.shape.count();
    for (long i = 0; i < tensor.shape.count(); ++i)
      numbers.push_back(static_cast<Real>(tensor.scale * row[i] + tensor.shift));
    const auto more = decode(numbers.data(), tensor.shape, heads[k], {input, input[1], input[0], threshold});
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

/// How far two rectangles are apart: the farthest of their edges.
inline double farthest_edge(const Extent& a, const Extent& b) {
  return std::max({std::abs(a.x - b.x), std::abs(a.y - b.y), std::abs(a.x + a.w - b.x - b.w),
                   std::abs(a.y + a.h - b.y - b.h)});
}

}  // namespace nibble
