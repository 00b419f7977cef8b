#include "edge/check/model_library.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "core/check.h"
#include "edge/emit/embedded_texts.h"

namespace nibble::edge {

namespace fs = std::filesystem;

namespace {

// For the shell: 'it'\''s'.
std::string quoted(const fs::path& path) {
  std::string text = "'";
  for (const char c : path.string()) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

// The first line that speaks of an error, or the first of all.
std::string first_error(const fs::path& file) {
  std::ifstream in(file);
  std::string first, line;
  while (std::getline(in, line)) {
    if (line.find("error") != std::string::npos) return line;
    if (first.empty()) first = line;
  }
  return first;
}

}  // namespace

void compile_library(const fs::path& directory, const fs::path& scratch, const fs::path& library, bool fast) {
  std::ofstream(scratch / "trace_forward.c") << embedded_text("trace_forward.c");
  std::ofstream(scratch / "context_bytes.c") << embedded_text("context_bytes.c");
  std::ostringstream command;
  command << "cc -std=c99 " << (fast ? "-O3" : "-O1") << " -shared -fPIC -DMODEL_TRACE -o " << quoted(library)
          << ' ' << quoted(scratch / "trace_forward.c") << " -I " << quoted(directory) << ' '
          << quoted(scratch / "context_bytes.c");
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string file = entry.path().filename().string();
    const bool kernel = file.starts_with("nbl_") && file.ends_with(".c");
    if (kernel || file == "model.c") command << ' ' << quoted(entry.path());
  }
  command << " 2> " << quoted(scratch / "log");
  if (std::system(command.str().c_str()) != 0) {
    fail("compiled_model: cc cannot compile ", directory.string(), ": ", first_error(scratch / "log"));
  }
}

template <typename Function>
Function ModelLibrary::symbol(const char* name) const {
  void* address = dlsym(handle_, name);
  check(address != nullptr, "compiled_model: found no function '", name, "', expected a model of emit_c");
  return reinterpret_cast<Function>(address);
}

ModelLibrary::ModelLibrary(const fs::path& file, bool reads_text, bool finds_boxes)
    : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  check(handle_ != nullptr, "compiled_model: cannot load ", file.string(), ": ", dlerror());
  if (reads_text) {
    reset_ = symbol<decltype(reset_)>("model_reset");
    step_ = symbol<decltype(step_)>("model_step");
  } else {
    run_ = symbol<decltype(run_)>("model_run");
  }
  if (finds_boxes) boxes_ = symbol<decltype(boxes_)>("model_boxes");
  context_bytes_ = symbol<std::int32_t (*)()>("nbl_context_bytes")();
  set_trace_ = symbol<decltype(set_trace_)>("nbl_set_trace");
}

ModelLibrary::~ModelLibrary() {
  if (handle_) dlclose(handle_);
}

ModelLibrary::ModelLibrary(ModelLibrary&& other) noexcept
    : handle_(std::exchange(other.handle_, nullptr)),
      run_(other.run_),
      reset_(other.reset_),
      step_(other.step_),
      boxes_(other.boxes_),
      context_bytes_(other.context_bytes_),
      set_trace_(other.set_trace_) {}

void ModelLibrary::run(void* memory, const std::uint8_t* input, void* output, Trace trace,
                       void* context) const {
  set_trace_(trace, context);
  run_(memory, input, output);
}

std::vector<Box> ModelLibrary::boxes(const void* output, std::uint32_t threshold, long capacity) const {
  static_assert(sizeof(Box) == 24, "as nbl_box_t");
  std::vector<Box> found(static_cast<std::size_t>(capacity));
  const std::int32_t count = boxes_(output, threshold, found.data(), static_cast<std::int32_t>(capacity));
  check(0 <= count && count <= capacity + 1, "compiled_model: found ", count, " boxes, expected at most ",
        capacity, ", or one more");
  found.resize(static_cast<std::size_t>(std::min<long>(count, capacity)));
  return found;
}

void ModelLibrary::step(void* memory, std::int32_t token, void* output, Trace trace, void* context) const {
  set_trace_(trace, context);
  const int status = step_(memory, token, output);
  check(status == 0, "compiled_model: found token ", token, ", expected one of the vocabulary");
}

}  // namespace nibble::edge
