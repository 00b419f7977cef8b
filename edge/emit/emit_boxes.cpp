#include "edge/emit/emit_boxes.h"

#include <fmt/format.h>

#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/c_writer.h"

namespace nibble::edge {

namespace {

constexpr double kProbabilityOne = 4294967296.0;

// What model_run takes behind the input.
const char* outputs_of_run(const IntegerGraph& graph) {
  return graph.outputs.size() == 1 ? "const model_output_t *output" : "const model_outputs_t *outputs";
}

// The heads in the struct that model_detect works in.
std::string members(const IntegerGraph& graph) {
  std::string text;
  for (std::size_t k = 0; k < graph.outputs.size(); ++k)
    text += str("  uint8_t output_", k, "[", graph.tensor(graph.outputs[k]).shape.count(), "];\n");
  return text;
}

std::string size(const BoxSize& s) { return str("{", s.width, "u, ", s.height, "u}"); }

// Tables of head k; returns the initializer of its struct.
std::string head_tables(const BoxHead& head, const Shape& shape, std::size_t k, std::string& tables) {
  const std::string id = str("boxes_", k);
  tables += str("static const nbl_box_size_t ", id, "_anchor[", head.anchors.size(), "] = {");
  for (const BoxSize& anchor : head.anchors) tables += size(anchor) + ", ";
  tables += "};\n";
  tables += c_table("uint16_t", id + "_probability", head.probability) +
            c_table("int32_t", id + "_place", head.place) + c_table("uint32_t", id + "_extent", head.extent);
  return str("    {", shape[0], ", ", shape[1], ", ", head.anchors.size(), ", ", head.classes, ", ",
             size(head.cell), ", ", id, "_anchor, ", id, "_probability, ", id, "_place, ", id, "_extent},\n");
}

}  // namespace

std::string box_interface(const IntegerGraph& graph, const ModelNames& names) {
  const BoxDecoder& boxes = *graph.boxes;
  return with_names(
      str("/* A box: edges in 1/256 pixel of the input picture, score / 2^32, class (nbl_box.h). */\n"
          "typedef nbl_box_t model_box_t;\n#define MODEL_CLASSES ",
          boxes.heads.front().classes,
          fmt::format("\n/* The score that a box has to exceed, where the caller names none: {:.4g}. */\n",
                      boxes.threshold / kProbabilityOne),
          "#define MODEL_THRESHOLD ", boxes.threshold,
          "u\n\n"
          "/* What model_detect returns for a capacity below 0. */\n#define MODEL_BAD_CAPACITY (-1)\n\n"
          "/* What model_detect works in: memory of the caller, as a context is. It holds nothing between "
          "two "
          "calls. */\ntypedef struct {\n  model_context_t context;\n",
          members(graph),
          "} model_detector_t;\n\n"
          "/* The boxes in a picture of MODEL_INPUTS codes, best first, of equal ones the one that stands "
          "earlier in the\n * outputs. Returns how many they are. Where they are more than `capacity`, it "
          "returns capacity + 1, and the\n * best `capacity` are written. boxes may be null where capacity "
          "is 0. */\n"
          "int32_t model_detect(model_detector_t *detector, const uint8_t *input, model_box_t *boxes, "
          "int32_t capacity);\n"
          "/* The same from what model_run left, with a threshold of the caller's: share * 2^32. */\n"
          "int32_t model_boxes(",
          outputs_of_run(graph), ", uint32_t threshold, model_box_t *boxes,\n    int32_t capacity);\n\n"),
      names);
}

std::string box_source(const IntegerGraph& graph, const ModelNames& names) {
  const BoxDecoder& boxes = *graph.boxes;
  const Shape& picture = graph.input().shape;
  const bool one = graph.outputs.size() == 1;
  std::string tables, heads, pointers, places;
  for (std::size_t k = 0; k < boxes.heads.size(); ++k) {
    heads += head_tables(boxes.heads[k], graph.tensor(graph.outputs[k]).shape, k, tables);
    const char* comma = k == 0 ? "" : ", ";
    pointers += comma + (one ? std::string("output") : str("outputs->output_", k));
    places += comma + str("detector->output_", k);
  }
  Initializer decoder("nbl_boxes_t", "boxes_of_heads");
  decoder.field("heads", boxes.heads.size())
      .field("head", "boxes_head")
      .field("right", picture[1] * kBoxUnit)
      .field("bottom", picture[0] * kBoxUnit)
      .field("overlap", boxes.overlap)
      .field("by_distance", boxes.by_distance ? 1 : 0);
  const std::string run =
      one ? "  model_run(&detector->context, input, detector->output_0);\n"
            "  return model_boxes(detector->output_0, MODEL_THRESHOLD, boxes, capacity);\n"
          : str("  const model_outputs_t outputs = {", places,
                "};\n  model_run(&detector->context, input, &outputs);\n"
                "  return model_boxes(&outputs, MODEL_THRESHOLD, boxes, capacity);\n");
  return str("\n/* boxes */\n", tables, "static const nbl_box_head_t boxes_head[", boxes.heads.size(),
             "] = {\n", heads, "};\n", decoder.str(),
             with_names(str("\nint32_t model_boxes(", outputs_of_run(graph),
                            ", uint32_t threshold, model_box_t *boxes,\n    int32_t capacity) {\n"
                            "  const uint8_t *const heads[",
                            boxes.heads.size(), "] = {", pointers,
                            "};\n  if (capacity < 0) return MODEL_BAD_CAPACITY;\n  return ", kBoxKernel,
                            "(&boxes_of_heads, heads, threshold, boxes, capacity);\n}\n"
                            "\nint32_t model_detect(model_detector_t *detector, const uint8_t *input, "
                            "model_box_t *boxes, int32_t capacity) {\n"
                            "  if (capacity < 0) return MODEL_BAD_CAPACITY;\n",
                            run, "}\n"),
                        names));
}

DeviceCost box_cost(const BoxDecoder& boxes) {
  DeviceCost cost;
  cost.struct_bytes = 6 * 4;
  for (const BoxHead& head : boxes.heads) {
    cost.struct_bytes += 10 * 4;
    cost.table_bytes += static_cast<long>(8 * head.anchors.size() + 2 * head.probability.size() +
                                          4 * head.place.size() + 4 * head.extent.size());
  }
  return cost;
}

}  // namespace nibble::edge
