#include "edge/compare.h"

#include <algorithm>

#include "core/check.h"
#include "edge/evaluate.h"
#include "edge/reference.h"
#include "edge/verify.h"

namespace nibble::edge {

namespace {

constexpr long kBatch = 64;

// All tensors of a run, by number.
struct Recording {
  std::vector<IntegerValue> values;

  Recording(const IntegerGraph& graph, const Array<std::uint8_t>& input) : values(graph.tensors.size()) {
    values[0].codes = input;
  }
  IntegerObserver observer() {
    return
        [this](int tensor, const IntegerValue& value) { values[static_cast<std::size_t>(tensor)] = value; };
  }
};

IntegerValue image(const IntegerValue& value, long n) {
  if (value.codes.empty()) return {{}, value.scores.rows(n, n + 1)};
  return {value.codes.rows(n, n + 1), {}};
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

void compare_layers(const IntegerGraph& graph, const Recording& reference, const Recording& other,
                    const char* who, long first_image, Comparison& comparison) {
  for (const IntegerNode& node : graph.nodes) {
    const IntegerValue& expected = reference.values[static_cast<std::size_t>(node.output)];
    const IntegerValue& found = other.values[static_cast<std::size_t>(node.output)];
    const long row = graph.tensors[static_cast<std::size_t>(node.output)].shape.count();
    const auto first = [&](long position, std::int64_t expected_code, std::int64_t found_code) {
      if (comparison.first) return;
      std::vector<IntegerValue> inputs;
      for (const int input : node.inputs) {
        inputs.push_back(image(reference.values[static_cast<std::size_t>(input)], position / row));
      }
      comparison.first = Difference{who,
                                    name(graph, node),
                                    first_image + position / row,
                                    position % row,
                                    accumulator_at(graph, node, inputs, position % row),
                                    expected_code,
                                    found_code};
    };
    comparison.differences += differences(expected.codes, found.codes, first);
    comparison.differences += differences(expected.scores, found.scores, first);
  }
}

}  // namespace

std::string to_text(const Difference& d) {
  return str(d.who, " differs from the reference at layer '", d.layer, "', image ", d.image, ", index ",
             d.index, ": accumulator ", d.accumulator, ", expected ", d.expected, ", found ", d.found);
}

Comparison compare(const IntegerGraph& graph, const CompiledModel* compiled,
                   const Array<std::uint8_t>& inputs, long first_image) {
  Comparison comparison;
  const Evaluator evaluate(graph);
  const long images = inputs.shape()[0];
  for (long begin = 0; begin < images; begin += kBatch) {
    const Array<std::uint8_t> batch = inputs.rows(begin, std::min(begin + kBatch, images));
    Recording reference(graph, batch), fast(graph, batch);
    run_reference(graph, batch, reference.observer());
    evaluate(batch, fast.observer());
    compare_layers(graph, reference, fast, "evaluate", first_image + begin, comparison);
    if (compiled) {
      Recording emitted(graph, batch);
      compiled->run(batch, emitted.observer());
      compare_layers(graph, reference, emitted, "emitted C", first_image + begin, comparison);
    }
    for (const IntegerNode& node : graph.nodes) {
      const IntegerValue& value = reference.values[static_cast<std::size_t>(node.output)];
      comparison.values += value.codes.size() + value.scores.size();
    }
    comparison.images += batch.shape()[0];
  }
  return comparison;
}

void accumulate(Comparison& total, const Comparison& more) {
  total.images += more.images;
  total.values += more.values;
  total.differences += more.differences;
  if (!total.first) total.first = more.first;
}

}  // namespace nibble::edge
