#include "edge/check/compiled_model.h"

#include <algorithm>

#include "core/check.h"
#include "core/files/temporary_directory.h"
#include "core/parallel.h"
#include "edge/check/model_library.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/walk.h"

namespace nibble::edge {

namespace fs = std::filesystem;

namespace {

// Copies one row's tensors to their place among all rows.
struct Recorder {
  std::vector<IntegerValue>& values;
  long row;

  template <typename From, typename To>
  void copy(const void* data, std::int32_t bytes, Array<To>& values_of_all) const {
    const auto* from = static_cast<const From*>(data);
    std::copy(from, from + bytes / static_cast<std::int32_t>(sizeof(From)),
              values_of_all.data() + row * values_of_all.shape().row());
  }

  static void trace(void* context, int tensor, int cell, const void* data, std::int32_t bytes) {
    const Recorder& self = *static_cast<Recorder*>(context);
    IntegerValue& value = self.values[static_cast<std::size_t>(tensor)];
    if (cell) {
      self.copy<std::int16_t>(data, bytes, value.cell);
    } else if (!value.codes.empty()) {
      self.copy<std::uint8_t>(data, bytes, value.codes);
    } else if (bytes == 2 * value.scores.shape().row()) {
      self.copy<std::int16_t>(data, bytes, value.scores);
    } else {
      self.copy<std::int32_t>(data, bytes, value.scores);
    }
  }
};

// Room for every tensor but the input.
std::vector<IntegerValue> room(const IntegerGraph& graph, long rows) {
  std::vector<IntegerValue> values(graph.tensors.size());
  for (const IntegerNode& node : graph.nodes) {
    const IntegerTensor& tensor = graph.tensors[static_cast<std::size_t>(node.output)];
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

void show(const IntegerGraph& graph, const std::vector<IntegerValue>& values,
          const IntegerListener& listener) {
  for (const IntegerNode& node : graph.nodes)
    listener(node.output, values[static_cast<std::size_t>(node.output)]);
}

// What one thread's model writes, and where it belongs among all rows.
class OutputRow {
 public:
  OutputRow(const IntegerGraph& graph, IntegerOutputs& all) : graph_(graph), all_(all) {
    for (const int output : graph.outputs) {
      const auto values = static_cast<std::size_t>(graph.tensor(output).shape.count());
      rows_.emplace_back(values);  // of 32 bits, the widest that a model writes
    }
    for (std::vector<std::int32_t>& row : rows_) pointers_.push_back(row.data());
  }

  // What C takes: a pointer, or of several outputs a struct of them.
  void* room() { return pointers_.size() == 1 ? pointers_.front() : pointers_.data(); }

  void keep(long n) {
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

 private:
  const IntegerGraph& graph_;
  IntegerOutputs& all_;
  std::vector<std::vector<std::int32_t>> rows_;
  std::vector<void*> pointers_;
};

constexpr long kFewMacs = 100'000;  // of so few, compiling takes longer than running

long macs(const IntegerGraph& graph) {
  long sum = 0;
  for (const IntegerNode& node : graph.nodes) {
    const NodeView view("compiled_model", graph, node);
    ask(node.op, [&](const auto& op, const auto& rule) { sum += rule.cost(op, view).macs; });
  }
  return sum;
}

IntegerOutputs room_for_outputs(const IntegerGraph& graph, long rows) {
  IntegerOutputs outputs;
  for (const int output : graph.outputs)
    outputs.push_back(Array<std::int32_t>::uninitialized(batch_shape(rows, graph.tensor(output).shape)));
  return outputs;
}

}  // namespace

struct CompiledModel::State {
  IntegerGraph graph;
  TemporaryDirectory directory;
  std::vector<ModelLibrary> libraries;
};

CompiledModel::CompiledModel(const IntegerGraph& graph, const fs::path& directory)
    : state_(std::make_unique<State>()) {
  check(fs::is_directory(directory), "compiled_model: found no directory ", directory.string());
  state_->graph = graph;
  const fs::path& scratch = state_->directory.path();
  compile_library(directory, scratch, scratch / "model.so", macs(graph) > kFewMacs);
  for (int i = 0; i < std::max(threads(), 1); ++i) {
    const fs::path copy = scratch / str("model-", i, ".so");
    fs::copy_file(scratch / "model.so", copy);
    state_->libraries.emplace_back(copy, graph.reads_text());
  }
}

CompiledModel::~CompiledModel() = default;
CompiledModel::CompiledModel(CompiledModel&&) noexcept = default;
CompiledModel& CompiledModel::operator=(CompiledModel&&) noexcept = default;

long CompiledModel::context_bytes() const { return state_->libraries.front().context_bytes(); }

CompiledContext CompiledModel::context() const {
  return CompiledContext((static_cast<std::size_t>(context_bytes()) + sizeof(std::max_align_t) - 1) /
                         sizeof(std::max_align_t));
}

IntegerOutputs CompiledModel::outputs(const Array<std::uint8_t>& input,
                                      const IntegerListener& listener) const {
  const IntegerGraph& graph = state_->graph;
  check(!graph.reads_text(), "compiled_model: found codes for graph '", graph.name, "', expected tokens");
  const bool batched = input.shape().rank() > 0;
  check(batched && input.shape() == batch_shape(input.shape()[0], graph.input().shape),
        "compiled_model: found input ", input.shape(), ", expected [N] images of ", graph.input().shape);
  const long images = input.shape()[0];
  std::vector<IntegerValue> values;
  if (listener) values = room(graph, images);

  IntegerOutputs outputs = room_for_outputs(graph, images);
  const std::vector<Range> pieces = cut(images, static_cast<long>(state_->libraries.size()));
  parallel_for(static_cast<long>(pieces.size()), [&](long piece) {
    const ModelLibrary& library = state_->libraries[static_cast<std::size_t>(piece)];
    OutputRow output(graph, outputs);
    CompiledContext memory = context();
    const Range range = pieces[static_cast<std::size_t>(piece)];
    for (long n = range.begin; n < range.end; ++n) {
      Recorder recorder{values, n};
      library.run(memory.data(), input.data() + n * input.shape().row(), output.room(),
                  listener ? &Recorder::trace : nullptr, &recorder);
      output.keep(n);
    }
  });
  if (listener) show(graph, values, listener);
  return outputs;
}

void CompiledModel::start(CompiledState& state, long sequences) const {
  const CompiledContext fresh = context();
  if (state.empty()) {
    state.assign(static_cast<std::size_t>(sequences), fresh);
    for (auto& of_sequence : state) state_->libraries.front().reset(of_sequence.data());
  }
  check(state.size() == static_cast<std::size_t>(sequences) && state.front().size() == fresh.size(),
        "compiled_model: found a state of ", state.size(), " sequences, expected ", sequences, ", or none");
}

IntegerOutputs CompiledModel::outputs(const TokenBatch& batch, CompiledState& state,
                                      const IntegerListener& listener) const {
  const IntegerGraph& graph = state_->graph;
  check_tokens(graph, batch, "compiled_model");
  const long rows = batch.tokens.size(), sequences = batch.sequences;
  start(state, sequences);
  std::vector<IntegerValue> values;
  if (listener) values = room(graph, rows);

  IntegerOutputs outputs = room_for_outputs(graph, rows);
  const std::vector<Range> pieces = cut(sequences, static_cast<long>(state_->libraries.size()));
  parallel_for(static_cast<long>(pieces.size()), [&](long piece) {
    const ModelLibrary& library = state_->libraries[static_cast<std::size_t>(piece)];
    OutputRow output(graph, outputs);
    const Range range = pieces[static_cast<std::size_t>(piece)];
    // Steps outside, sequences inside: their states have to be apart.
    for (long first = 0; first < rows; first += sequences) {
      for (long s = range.begin; s < range.end; ++s) {
        const long row = first + s;
        Recorder recorder{values, row};
        library.step(state[static_cast<std::size_t>(s)].data(), batch.tokens[row], output.room(),
                     listener ? &Recorder::trace : nullptr, &recorder);
        output.keep(row);
      }
    }
  });
  if (listener) show(graph, values, listener);
  return outputs;
}

Array<std::int32_t> CompiledModel::run(const Array<std::uint8_t>& input,
                                       const IntegerListener& listener) const {
  return only_output(state_->graph, outputs(input, listener));
}

Array<std::int32_t> CompiledModel::run(const TokenBatch& batch, CompiledState& state,
                                       const IntegerListener& listener) const {
  return only_output(state_->graph, outputs(batch, state, listener));
}

}  // namespace nibble::edge
