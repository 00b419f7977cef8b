#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

#include "edge/graph/integer_graph.h"
#include "edge/graph/integer_value.h"
#include "edge/graph/text.h"

namespace nibble::edge {

/// A model_context_t: what a compiled model works in.
using CompiledContext = std::vector<std::max_align_t>;
/// What one that reads text keeps between steps: the context of each sequence.
using CompiledState = std::vector<CompiledContext>;

/// An emitted directory, compiled with the host's C compiler (cc) and loaded as a library. What sees its
/// layers is set for a whole library, so each thread gets a copy of it.
class CompiledModel {
 public:
  /// graph: the one that emit_c wrote to `directory`. Throws Error, with the compiler's first words, if it
  /// does not compile.
  CompiledModel(const IntegerGraph& graph, const std::filesystem::path& directory);
  ~CompiledModel();
  CompiledModel(CompiledModel&&) noexcept;
  CompiledModel& operator=(CompiledModel&&) noexcept;

  /// As reference_outputs, image by image, on all threads. With a listener every layer's output is kept for
  /// all N images.
  IntegerOutputs outputs(const Array<std::uint8_t>& input, const IntegerListener& listener = {}) const;

  /// As reference_outputs for a graph that reads text: step by step, each sequence with a state of its own,
  /// sequences on all threads. `state` is read, and left as the last step made it; empty, it is reset.
  /// Returns [steps · sequences, ...] of each output.
  IntegerOutputs outputs(const TokenBatch& batch, CompiledState& state,
                         const IntegerListener& listener = {}) const;

  /// The first boxes of each image, as find_boxes has them, so many at most, from what `outputs` returned.
  /// Throws Error for a graph without boxes.
  std::vector<std::vector<Box>> boxes(const IntegerOutputs& outputs, std::uint32_t threshold,
                                      long capacity) const;

  /// The output of a graph that has one. Throws Error for a graph with several.
  Array<std::int32_t> run(const Array<std::uint8_t>& input, const IntegerListener& listener = {}) const;
  Array<std::int32_t> run(const TokenBatch& batch, CompiledState& state,
                          const IntegerListener& listener = {}) const;

  /// sizeof(model_context_t)
  long context_bytes() const;

 private:
  CompiledContext context() const;
  void start(CompiledState& state, long sequences) const;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nibble::edge
