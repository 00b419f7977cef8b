#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "edge/integer_graph.h"
#include "edge/integer_value.h"

namespace nibble::edge {

/// An emitted directory, compiled with the host's C compiler (cc) and loaded as a library. The model keeps
/// its arena in static memory, so each thread gets a copy of the library.
class CompiledModel {
 public:
  /// graph: the one that emit_c wrote to `directory`. Throws Error, with the compiler's first words, if it
  /// does not compile.
  CompiledModel(const IntegerGraph& graph, const std::filesystem::path& directory);
  ~CompiledModel();
  CompiledModel(CompiledModel&&) noexcept;
  CompiledModel& operator=(CompiledModel&&) noexcept;

  /// As run_reference, image by image, on all threads. With an observer every layer's output is kept for all
  /// N images.
  Array<std::int32_t> run(const Array<std::uint8_t>& input, const IntegerObserver& observe = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nibble::edge
