#include "edge/check/model_rows.h"

#include <algorithm>

#include "edge/graph/text.h"

namespace nibble::edge {

namespace {

template <typename From, typename To>
void copy_row(const void* data, std::int32_t bytes, long row, Array<To>& all) {
  const auto* from = static_cast<const From*>(data);
  std::copy(from, from + bytes / static_cast<std::int32_t>(sizeof(From)),
            all.data() + row * all.shape().row());
}

}  // namespace

std::vector<IntegerValue> room_for_tensors(const IntegerGraph& graph, long rows) {
  std::vector<IntegerValue> values(graph.tensors.size());
  for (const IntegerNode& node : graph.nodes) {
    const IntegerTensor& tensor = graph.tensor(node.output);
    IntegerValue& value = values[static_cast<std::size_t>(node.output)];
    const Shape shape = batch_shape(rows, tensor.shape);
    if (tensor.scores) {
      value.scores = Array<std::int32_t>(shape);
    } else {
      value.codes = Array<std::uint8_t>(shape);
    }
    if (const auto* recurrent = std::get_if<IntegerRecurrent>(&node.op))
      value.cell = Array<std::int16_t>({rows, taps_of(recurrent->kind) * recurrent->hidden()});
  }
  return values;
}

IntegerOutputs room_for_outputs(const IntegerGraph& graph, long rows) {
  IntegerOutputs outputs;
  for (const int output : graph.outputs)
    outputs.push_back(Array<std::int32_t>::uninitialized(batch_shape(rows, graph.tensor(output).shape)));
  return outputs;
}

void TensorRow::trace(void* context, int tensor, int cell, const void* data, std::int32_t bytes) {
  const TensorRow& self = *static_cast<TensorRow*>(context);
  IntegerValue& value = self.values[static_cast<std::size_t>(tensor)];
  if (cell) {
    copy_row<std::int16_t>(data, bytes, self.row, value.cell);
  } else if (!value.codes.empty()) {
    copy_row<std::uint8_t>(data, bytes, self.row, value.codes);
  } else if (bytes == 2 * value.scores.shape().row()) {
    copy_row<std::int16_t>(data, bytes, self.row, value.scores);
  } else {
    copy_row<std::int32_t>(data, bytes, self.row, value.scores);
  }
}

OutputRow::OutputRow(const IntegerGraph& graph, IntegerOutputs& all) : graph_(graph), all_(all) {
  for (const int output : graph.outputs) {
    const auto values = static_cast<std::size_t>(graph.tensor(output).shape.count());
    rows_.emplace_back(values);  // of 32 bits, the widest that a model writes
  }
  for (std::vector<std::int32_t>& row : rows_) pointers_.push_back(row.data());
}

void OutputRow::keep(long n) {
  for (std::size_t k = 0; k < rows_.size(); ++k) {
    const IntegerTensor& tensor = graph_.tensor(graph_.outputs[k]);
    const long row = tensor.shape.count();
    std::int32_t* const to = all_[k].data() + n * row;
    const auto copy = [&](const auto* values) { std::copy(values, values + row, to); };
    if (!tensor.scores) {
      copy(static_cast<const std::uint8_t*>(pointers_[k]));
    } else if (tensor.score_bits == 16) {
      copy(static_cast<const std::int16_t*>(pointers_[k]));
    } else {
      copy(static_cast<const std::int32_t*>(pointers_[k]));
    }
  }
}

}  // namespace nibble::edge
