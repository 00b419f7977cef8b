#include "edge/check/compare.h"

#include <algorithm>

#include "core/check.h"
#include "edge/graph/node_view.h"
#include "edge/run/evaluate.h"
#include "edge/run/find_boxes.h"
#include "edge/run/reference.h"

namespace nibble::edge {

namespace {

constexpr long kBatch = 64;

// All tensors of a run, by number.
struct Recording {
  std::vector<IntegerValue> values;

  Recording(const IntegerGraph& graph, const IntegerValue& input) : values(graph.tensors.size()) {
    values[0] = input;
  }
  IntegerListener listener() {
    return
        [this](int tensor, const IntegerValue& value) { values[static_cast<std::size_t>(tensor)] = value; };
  }
};

IntegerValue image(const IntegerValue& value, long n) {
  if (!value.tokens.empty()) return {.tokens = value.tokens.rows(n, n + 1)};
  if (value.codes.empty()) return {.scores = value.scores.rows(n, n + 1)};
  return {.codes = value.codes.rows(n, n + 1)};
}

// Counts the differences of one layer, and reports the first through `first(position, expected, found)`.
template <typename T, typename First>
long differences(const Array<T>& expected, const Array<T>& found, First first) {
  long count = 0;
  for (long i = 0; i < expected.size(); ++i) {
    if (expected.data()[i] == found.data()[i]) continue;
    if (count++ == 0) first(i, expected[i], found[i]);
  }
  return count;
}

// What stands before the last rounding of an element of the reference: of recurrent layers h.
std::int64_t before_rounding(const IntegerGraph& graph, const IntegerNode& node, const Recording& reference,
                             long row, long index) {
  if (const auto* recurrent = std::get_if<IntegerRecurrent>(&node.op)) {
    const Array<std::int16_t>& cell = reference.values[static_cast<std::size_t>(node.output)].cell;
    return cell[row * cell.shape()[1] + (taps_of(recurrent->kind) - 1) * recurrent->hidden() + index];
  }
  std::vector<IntegerValue> inputs;
  for (const int input : node.inputs)
    inputs.push_back(image(reference.values[static_cast<std::size_t>(input)], row));
  return accumulator_at(graph, node, inputs, index);
}

void compare_layers(const IntegerGraph& graph, const Recording& reference, const Recording& other,
                    const char* who, long first_sample, Comparison& comparison) {
  for (const IntegerNode& node : graph.nodes) {
    const IntegerValue& expected = reference.values[static_cast<std::size_t>(node.output)];
    const IntegerValue& found = other.values[static_cast<std::size_t>(node.output)];
    const long width = graph.tensors[static_cast<std::size_t>(node.output)].shape.count();
    const auto of_cell = [&](long position, std::int64_t expected_value, std::int64_t found_value) {
      if (comparison.first) return;
      const long row = expected.cell.shape()[1], tap = position % row / width;
      comparison.first = Difference{who,
                                    name(graph, node),
                                    first_sample + position / row,
                                    position % width,
                                    expected_value,
                                    expected_value,
                                    found_value,
                                    tap_name(std::get<IntegerRecurrent>(node.op).kind, tap),
                                    true};
    };
    const auto first = [&](long position, std::int64_t expected_code, std::int64_t found_code) {
      if (comparison.first) return;
      comparison.first =
          Difference{who,
                     name(graph, node),
                     first_sample + position / width,
                     position % width,
                     before_rounding(graph, node, reference, position / width, position % width),
                     expected_code,
                     found_code,
                     "",
                     graph.reads_text()};
    };
    comparison.differences += differences(expected.cell, found.cell, of_cell);
    comparison.differences += differences(expected.codes, found.codes, first);
    comparison.differences += differences(expected.scores, found.scores, first);
  }
}

void count(const IntegerGraph& graph, const Recording& reference, Comparison& comparison) {
  for (const IntegerNode& node : graph.nodes) {
    const IntegerValue& value = reference.values[static_cast<std::size_t>(node.output)];
    comparison.values += value.codes.size() + value.scores.size() + value.cell.size();
  }
}

// The first boxes of each image: any score above 0.001, which is what is judged (COCO), and as many as tell.
constexpr std::uint32_t kComparedScore = 4294967;
constexpr long kComparedBoxes = 300;
using BoxesOfImages = std::vector<std::vector<Box>>;

BoxesOfImages boxes_of(const IntegerGraph& graph, const IntegerOutputs& outputs) {
  BoxesOfImages all;
  for (long n = 0; n < outputs.front().shape()[0]; ++n) {
    all.push_back(find_boxes(graph, outputs, n, kComparedScore));
    if (all.back().size() > kComparedBoxes) all.back().resize(kComparedBoxes);
  }
  return all;
}

// How many of the boxes differ, in a number or because one side has fewer.
void compare_boxes(const BoxesOfImages& expected, const BoxesOfImages& found, const char* who,
                   long first_sample, Comparison& comparison) {
  for (std::size_t n = 0; n < expected.size(); ++n) {
    for (std::size_t i = 0; i < std::max(expected[n].size(), found[n].size()); ++i) {
      const bool both = i < expected[n].size() && i < found[n].size();
      if (both && expected[n][i] == found[n][i]) continue;
      ++comparison.differences;
      if (comparison.first) continue;
      const std::int64_t score = i < expected[n].size() ? expected[n][i].score : 0,
                         other = i < found[n].size() ? found[n][i].score : 0;
      comparison.first = Difference{.who = who,
                                    .layer = "boxes",
                                    .sample = first_sample + static_cast<long>(n),
                                    .index = static_cast<long>(i),
                                    .accumulator = score,
                                    .expected = score,
                                    .found = other,
                                    .value = "score"};
    }
  }
}

}  // namespace

std::string to_text(const Difference& d) {
  const std::string value = d.value.empty() ? "" : str(", value '", d.value, "'");
  return str(d.who, " differs from the reference at layer '", d.layer, "'", value,
             d.text ? ", row " : ", image ", d.sample, ", index ", d.index, ": accumulator ", d.accumulator,
             ", expected ", d.expected, ", found ", d.found);
}

Comparison compare(const IntegerGraph& graph, const CompiledModel* compiled,
                   const Array<std::uint8_t>& inputs, long first_sample) {
  Comparison comparison;
  const Evaluator evaluate(graph);
  const long images = inputs.shape()[0];
  for (long begin = 0; begin < images; begin += kBatch) {
    const Array<std::uint8_t> batch = inputs.rows(begin, std::min(begin + kBatch, images));
    Recording reference(graph, {.codes = batch}), fast(graph, {.codes = batch});
    const IntegerOutputs expected = reference_outputs(graph, batch, reference.listener());
    const IntegerOutputs found = evaluate.outputs(batch, fast.listener());
    const BoxesOfImages boxes = graph.boxes ? boxes_of(graph, expected) : BoxesOfImages{};
    compare_layers(graph, reference, fast, "evaluate", first_sample + begin, comparison);
    if (graph.boxes)
      compare_boxes(boxes, boxes_of(graph, found), "evaluate", first_sample + begin, comparison);
    if (compiled) {
      Recording emitted(graph, {.codes = batch});
      const IntegerOutputs outputs = compiled->outputs(batch, emitted.listener());
      compare_layers(graph, reference, emitted, "emitted C", first_sample + begin, comparison);
      if (graph.boxes)
        compare_boxes(boxes, compiled->boxes(outputs, kComparedScore, kComparedBoxes), "emitted C",
                      first_sample + begin, comparison);
    }
    count(graph, reference, comparison);
    for (const std::vector<Box>& of_image : boxes) comparison.boxes += static_cast<long>(of_image.size());
    comparison.samples += batch.shape()[0];
  }
  return comparison;
}

Comparison compare(const IntegerGraph& graph, const CompiledModel* compiled, const TokenBatch& batch,
                   ComparedStates& states, long first_row) {
  Comparison comparison;
  Recording reference(graph, {.tokens = batch.tokens}), fast(graph, {.tokens = batch.tokens});
  reference_outputs(graph, batch, states.reference, reference.listener());
  Evaluator{graph}.outputs(batch, states.evaluate, fast.listener());
  compare_layers(graph, reference, fast, "evaluate", first_row, comparison);
  if (compiled) {
    Recording emitted(graph, {.tokens = batch.tokens});
    compiled->outputs(batch, states.emitted, emitted.listener());
    compare_layers(graph, reference, emitted, "emitted C", first_row, comparison);
  }
  count(graph, reference, comparison);
  comparison.samples = batch.tokens.size();
  return comparison;
}

void accumulate(Comparison& total, const Comparison& more) {
  total.samples += more.samples;
  total.values += more.values;
  total.boxes += more.boxes;
  total.differences += more.differences;
  if (!total.first) total.first = more.first;
}

}  // namespace nibble::edge
