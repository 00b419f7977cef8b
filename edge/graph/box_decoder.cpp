#include "edge/graph/box_decoder.h"

#include <algorithm>
#include <limits>
#include <string>

#include "core/check.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

namespace {

void check_sizes(const std::vector<BoxSize>& sizes, std::uint32_t most, const char* what,
                 const std::string& who) {
  for (const BoxSize& size : sizes) {
    check(0 < std::min(size.width, size.height) && std::max(size.width, size.height) < most, who, ": found ",
          what, " of ", size.width, " x ", size.height, " in 1/65536 pixel, expected 1 ... ", most - 1);
  }
}

void check_head(const BoxHead& head, const IntegerTensor& output) {
  const std::string who = str("verify: boxes of '", output.name, "'");
  const auto anchors = static_cast<long>(head.anchors.size());
  check(anchors > 0 && head.classes > 0, who, ": found ", anchors, " anchors and ", head.classes,
        " classes, expected some of both");
  const long channels = anchors * (5 + head.classes);
  check(!output.scores && output.shape.rank() == 3 && output.shape[2] == channels, who, ": found ",
        output.scores ? "scores" : "codes", " of shape ", output.shape, ", expected codes [height, width, ",
        channels, "]");
  check(std::max(output.shape[0], output.shape[1]) <= kLargestPicture, who, ": found ", output.shape[0],
        " x ", output.shape[1], " cells, expected at most ", kLargestPicture, " a side");
  const auto codes = static_cast<std::size_t>(output.top) + 1;
  check(head.probability.size() == codes && head.place.size() == codes && head.extent.size() == codes, who,
        ": found tables of ", head.probability.size(), ", ", head.place.size(), " and ", head.extent.size(),
        " entries, expected ", codes, ": one for each code");
  check_sizes(head.anchors, kLargestAnchor, "half an anchor", who);
  check_sizes({head.cell}, (static_cast<std::uint32_t>(kLargestPicture) << 16) + 1, "a cell", who);
  // Cells side by side are about the picture.
  check(std::max(output.shape[0] * head.cell.height, output.shape[1] * head.cell.width) <=
            2 * (kLargestPicture << 16),
        who, ": found ", output.shape[0], " x ", output.shape[1], " cells of ", head.cell.height, " x ",
        head.cell.width, " / 65536 pixels, expected at most ", 2 * kLargestPicture, " pixels in all");
  for (const std::int32_t place : head.place) {
    check(-kMostCells <= place && place <= kMostCells, who, ": found a centre ", place,
          " / 65536 cells away, expected at most 16");
  }
}

}  // namespace

void check_boxes(const IntegerGraph& graph) {
  if (!graph.boxes) return;
  const BoxDecoder& boxes = *graph.boxes;
  const Shape& picture = graph.input().shape;
  check(!graph.reads_text() && picture.rank() == 3 && std::max(picture[0], picture[1]) <= kLargestPicture,
        "verify: boxes of '", graph.name, "': found an input of ", picture, ", expected an image of at most ",
        kLargestPicture, " pixels a side");
  check(boxes.heads.size() == graph.outputs.size(), "verify: boxes of '", graph.name, "': found ",
        boxes.heads.size(), " heads, expected one for each of ", graph.outputs.size(), " outputs");
  check(boxes.overlap <= 65536, "verify: boxes of '", graph.name, "': found an overlap of ", boxes.overlap,
        " / 65536, expected at most 1");
  std::int64_t values = 0;
  for (std::size_t k = 0; k < boxes.heads.size(); ++k) {
    const IntegerTensor& output = graph.tensor(graph.outputs[k]);
    check_head(boxes.heads[k], output);
    check(boxes.heads[k].classes == boxes.heads.front().classes, "verify: boxes of '", output.name,
          "': found ", boxes.heads[k].classes, " classes, expected ", boxes.heads.front().classes,
          " as in the first head");
    values += output.shape.count();
  }
  check(values <= std::numeric_limits<std::int32_t>::max(), "verify: boxes of '", graph.name, "': found ",
        values, " codes of heads, expected 32 bits to count them");
}

}  // namespace nibble::edge
