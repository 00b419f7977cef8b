#include "tests/edge/random_detector.h"

#include "core/check.h"
#include "edge/graph/verify.h"
#include "edge/lower/box_tables.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge {

IntegerGraph random_detector(std::uint64_t seed, const DetectorOptions& options) {
  constexpr int kClasses = 3;
  GraphBuilder b({20, 28, 3}, 255, seed);
  const int stem = b.conv(0, {.out_channels = 6, .stride = {2, 2}}, 15);
  const GraphBuilder::ConvOptions coarse{.out_channels = 2 * (5 + kClasses), .stride = {2, 2}, .bits = 8},
      fine{.out_channels = 5 + kClasses, .kernel = {1, 1}, .padding = {0, 0}, .bits = 8};
  b.output(b.conv(stem, coarse, 255));
  if (options.heads == 2) b.output(b.conv(stem, fine, 255));
  IntegerGraph graph = b.finish();
  graph.name = str("random detector ", seed);
  BoxDecoder boxes{.heads = {},
                   .threshold = score_of(0.3),
                   .overlap = overlap_of(0.45),
                   .by_distance = options.by_distance};
  for (std::size_t k = 0; k < graph.outputs.size(); ++k) {
    IntegerTensor& head = graph.tensors[static_cast<std::size_t>(graph.outputs[k])];
    head.scale = options.new_coords ? 1.02 / 255 : 6.0 / 255;
    head.shift = options.new_coords ? -0.01 : -3.0;
    RealBoxHead rules{.anchors = {{9, 6.5}, {4, 12}},
                      .classes = kClasses,
                      .scale_x_y = 1.1,
                      .new_coords = options.new_coords};
    if (k == 1) rules.anchors = {{3.25, 5}};
    boxes.heads.push_back(box_head(head, graph.input().shape, rules));
  }
  graph.boxes = boxes;
  verify(graph);
  return graph;
}

IntegerOutputs random_heads(const IntegerGraph& graph, long images, std::uint64_t seed) {
  Rng rng = Rng(seed).stream("heads");
  IntegerOutputs outputs;
  for (const int output : graph.outputs) {
    const IntegerTensor& head = graph.tensor(output);
    outputs.push_back(Array<std::int32_t>::uninitialized(batch_shape(images, head.shape)));
    for (std::int32_t& code : outputs.back()) {
      const auto any = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(head.top) + 1));
      const std::uint64_t which = rng.below(6);
      code = which == 0 ? 0 : which == 1 ? head.top : any;
    }
  }
  return outputs;
}

}  // namespace nibble::edge
