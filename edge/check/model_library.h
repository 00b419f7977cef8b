#pragma once

#include <cstdint>
#include <filesystem>

namespace nibble::edge {

/// Compiles an emitted directory with the host's C compiler (cc) to a library that traces its layers.
/// scratch: a folder for files on the way. Throws Error, with the compiler's first words, if it does not
/// compile.
void compile_library(const std::filesystem::path& directory, const std::filesystem::path& scratch,
                     const std::filesystem::path& library, bool reads_text);

/// A compiled model that was loaded: what one thread works with. The loader knows a library by its file, so
/// each thread needs a copy of the file.
class ModelLibrary {
 public:
  using Trace = void (*)(void* context, int tensor, int cell, const void* data, std::int32_t bytes);

  ModelLibrary(const std::filesystem::path& file, bool reads_text);
  ~ModelLibrary();
  ModelLibrary(ModelLibrary&& other) noexcept;
  ModelLibrary& operator=(ModelLibrary&&) = delete;

  /// output: room for the output, or of a model with several for each: model_outputs_t, an array of pointers.
  void run(const std::uint8_t* input, void* output, Trace trace, void* context) const;
  void reset(void* state) const { reset_(state); }
  void step(void* state, std::int32_t token, void* output, Trace trace, void* context) const;
  long state_bytes() const { return state_bytes_; }

 private:
  template <typename Function>
  Function symbol(const char* name) const;

  void* handle_;
  void (*run_)(const std::uint8_t* input, void* output) = nullptr;
  void (*reset_)(void* state) = nullptr;
  void (*step_)(void* state, std::int32_t token, void* output) = nullptr;
  long state_bytes_ = 0;
  void (*set_trace_)(Trace, void*) = nullptr;
};

}  // namespace nibble::edge
