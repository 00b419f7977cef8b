#include "edge/check/compiled_model.h"

#include <algorithm>

#include "core/check.h"
#include "core/files/temporary_directory.h"
#include "core/parallel.h"
#include "edge/check/model_library.h"
#include "edge/check/model_rows.h"
#include "edge/graph/op_rule.h"
#include "edge/graph/walk.h"

namespace nibble::edge {

namespace fs = std::filesystem;

namespace {

void show(const IntegerGraph& graph, const std::vector<IntegerValue>& values,
          const IntegerListener& listener) {
  for (const IntegerNode& node : graph.nodes)
    listener(node.output, values[static_cast<std::size_t>(node.output)]);
}

constexpr long kFewMacs = 100'000;  // of so few, compiling takes longer than running

long macs(const IntegerGraph& graph) {
  long sum = 0;
  for (const IntegerNode& node : graph.nodes) {
    const NodeView view("compiled_model", graph, node);
    ask(node.op, [&](const auto& op, const auto& rule) { sum += rule.cost(op, view).macs; });
  }
  return sum;
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
    state_->libraries.emplace_back(copy, graph.reads_text(), graph.boxes.has_value());
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
  if (listener) values = room_for_tensors(graph, images);

  IntegerOutputs outputs = room_for_outputs(graph, images);
  const std::vector<Range> pieces = cut(images, static_cast<long>(state_->libraries.size()));
  parallel_for(static_cast<long>(pieces.size()), [&](long piece) {
    const ModelLibrary& library = state_->libraries[static_cast<std::size_t>(piece)];
    OutputRow output(graph, outputs);
    CompiledContext memory = context();
    const Range range = pieces[static_cast<std::size_t>(piece)];
    for (long n = range.begin; n < range.end; ++n) {
      TensorRow recorder{values, n};
      library.run(memory.data(), input.data() + n * input.shape().row(), output.room(),
                  listener ? &TensorRow::trace : nullptr, &recorder);
      output.keep(n);
    }
  });
  if (listener) show(graph, values, listener);
  return outputs;
}

std::vector<std::vector<Box>> CompiledModel::boxes(const IntegerOutputs& outputs, std::uint32_t threshold,
                                                   long capacity) const {
  const IntegerGraph& graph = state_->graph;
  check(graph.boxes.has_value(), "compiled_model: graph '", graph.name,
        "' has no boxes, expected a detector");
  std::vector<std::vector<Box>> all(static_cast<std::size_t>(outputs.front().shape()[0]));
  parallel_for(static_cast<long>(all.size()), [&](long n) {
    std::vector<std::vector<std::uint8_t>> codes;
    for (const Array<std::int32_t>& output : outputs) {
      const std::int32_t* const row = output.data() + n * output.shape().row();
      codes.emplace_back(row, row + output.shape().row());
    }
    std::vector<const void*> heads;
    for (const std::vector<std::uint8_t>& head : codes) heads.push_back(head.data());
    // As model_run leaves them: a pointer, or of several outputs a struct of them.
    const void* const room = heads.size() == 1 ? heads.front() : heads.data();
    all[static_cast<std::size_t>(n)] = state_->libraries.front().boxes(room, threshold, capacity);
  });
  return all;
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
  if (listener) values = room_for_tensors(graph, rows);

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
        TensorRow recorder{values, row};
        library.step(state[static_cast<std::size_t>(s)].data(), batch.tokens[row], output.room(),
                     listener ? &TensorRow::trace : nullptr, &recorder);
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
