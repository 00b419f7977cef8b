#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "edge/graph/box_decoder.h"

namespace nibble::edge {

/// Compiles an emitted directory, whose model has the name "model", with the host's C compiler (cc) to a
/// library that traces its layers. scratch: a folder for files on the way. Throws Error, with the compiler's
/// first words, if it does not compile.
///   fast: inner loops become vector instructions, which takes ResNet-20 from 20 to 6 ms an image; compiling
///   takes twice as long
void compile_library(const std::filesystem::path& directory, const std::filesystem::path& scratch,
                     const std::filesystem::path& library, bool fast);

/// A compiled model that was loaded: what one thread works with. The loader knows a library by its file, so
/// each thread needs a copy of the file.
class ModelLibrary {
 public:
  using Trace = void (*)(void* context, int tensor, int cell, const void* data, std::int32_t bytes);

  ModelLibrary(const std::filesystem::path& file, bool reads_text, bool finds_boxes);
  ~ModelLibrary();
  ModelLibrary(ModelLibrary&& other) noexcept;
  ModelLibrary& operator=(ModelLibrary&&) = delete;

  /// memory: the caller's, of context_bytes(), aligned as any type may ask for.
  /// output: room for the output, or of a model with several for each: model_outputs_t, an array of pointers.
  void run(void* memory, const std::uint8_t* input, void* output, Trace trace, void* context) const;
  void reset(void* memory) const { reset_(memory); }
  void step(void* memory, std::int32_t token, void* output, Trace trace, void* context) const;
  /// What model_boxes makes of the outputs that `run` left, so many boxes at most.
  std::vector<Box> boxes(const void* output, std::uint32_t threshold, long capacity) const;
  long context_bytes() const { return context_bytes_; }

 private:
  template <typename Function>
  Function symbol(const char* name) const;

  void* handle_;
  void (*run_)(void* memory, const std::uint8_t* input, void* output) = nullptr;
  void (*reset_)(void* memory) = nullptr;
  int (*step_)(void* memory, std::int32_t token, void* output) = nullptr;
  std::int32_t (*boxes_)(const void* output, std::uint32_t threshold, void* boxes,
                         std::int32_t capacity) = nullptr;
  long context_bytes_ = 0;
  void (*set_trace_)(Trace, void*) = nullptr;
};

}  // namespace nibble::edge
