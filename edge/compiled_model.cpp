#include "edge/compiled_model.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "core/check.h"
#include "core/parallel.h"
#include "core/temporary_directory.h"
#include "edge/embedded_texts.h"
#include "edge/walk.h"

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

void compile(const fs::path& directory, const fs::path& scratch, const fs::path& library) {
  std::ofstream(scratch / "trace_forward.c") << embedded_text("trace_forward.c");
  std::ostringstream command;
  // -O3 only for speed: the inner loops vectorize, which takes ResNet-20 from 20 to 6 ms an image on this
  // kind of host.
  command << "cc -std=c99 -O3 -shared -fPIC -DMODEL_TRACE -o " << quoted(library) << ' '
          << quoted(scratch / "trace_forward.c");
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

// What one thread works with: a copy of the library, of its own file since the loader knows a library by its
// file.
class Library {
 public:
  using Run = void (*)(const std::uint8_t* input, void* output);
  using Trace = void (*)(void* context, int tensor, const void* data, std::int32_t bytes);

  explicit Library(const fs::path& file) : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    check(handle_ != nullptr, "compiled_model: cannot load ", file.string(), ": ", dlerror());
    run_ = symbol<Run>("model_run");
    set_trace_ = symbol<void (*)(Trace, void*)>("nbl_set_trace");
  }
  ~Library() {
    if (handle_) dlclose(handle_);
  }
  Library(Library&& other) noexcept : handle_(other.handle_), run_(other.run_), set_trace_(other.set_trace_) {
    other.handle_ = nullptr;
  }
  Library& operator=(Library&&) = delete;

  void run(const std::uint8_t* input, void* output, Trace trace, void* context) const {
    set_trace_(trace, context);
    run_(input, output);
  }

 private:
  template <typename Function>
  Function symbol(const char* name) const {
    void* address = dlsym(handle_, name);
    check(address != nullptr, "compiled_model: found no function '", name, "', expected a model of emit_c");
    return reinterpret_cast<Function>(address);
  }

  void* handle_;
  Run run_ = nullptr;
  void (*set_trace_)(Trace, void*) = nullptr;
};

// Copies one image's tensors to their rows.
struct Recorder {
  std::vector<IntegerValue>& values;
  long image;

  static void trace(void* context, int tensor, const void* data, std::int32_t bytes) {
    const Recorder& self = *static_cast<Recorder*>(context);
    IntegerValue& value = self.values[static_cast<std::size_t>(tensor)];
    void* row = value.codes.empty()
                    ? static_cast<void*>(value.scores.data() + self.image * value.scores.shape().row())
                    : static_cast<void*>(value.codes.data() + self.image * value.codes.shape().row());
    std::memcpy(row, data, static_cast<std::size_t>(bytes));
  }
};

}  // namespace

struct CompiledModel::State {
  IntegerGraph graph;
  TemporaryDirectory directory;
  std::vector<Library> libraries;
};

CompiledModel::CompiledModel(const IntegerGraph& graph, const fs::path& directory)
    : state_(std::make_unique<State>()) {
  check(fs::is_directory(directory), "compiled_model: found no directory ", directory.string());
  state_->graph = graph;
  const fs::path& scratch = state_->directory.path();
  compile(directory, scratch, scratch / "model.so");
  for (int i = 0; i < std::max(threads(), 1); ++i) {
    const fs::path copy = scratch / str("model-", i, ".so");
    fs::copy_file(scratch / "model.so", copy);
    state_->libraries.emplace_back(copy);
  }
}

CompiledModel::~CompiledModel() = default;
CompiledModel::CompiledModel(CompiledModel&&) noexcept = default;
CompiledModel& CompiledModel::operator=(CompiledModel&&) noexcept = default;

Array<std::int32_t> CompiledModel::run(const Array<std::uint8_t>& input,
                                       const IntegerObserver& observe) const {
  const IntegerGraph& graph = state_->graph;
  const bool batched = input.shape().rank() > 0;
  check(batched && input.shape() == batch_shape(input.shape()[0], graph.input().shape),
        "compiled_model: found input ", input.shape(), ", expected [N] images of ", graph.input().shape);
  const long images = input.shape()[0];
  std::vector<IntegerValue> values(graph.tensors.size());
  for (std::size_t t = 1; t < values.size() && observe; ++t) {
    const Shape shape = batch_shape(images, graph.tensors[t].shape);
    if (graph.tensors[t].scores) {
      values[t].scores = Array<std::int32_t>(shape);
    } else {
      values[t].codes = Array<std::uint8_t>(shape);
    }
  }

  auto outputs = Array<std::int32_t>::uninitialized(batch_shape(images, graph.output().shape));
  const long row = outputs.shape().row();
  const std::vector<Range> pieces = cut(images, static_cast<long>(state_->libraries.size()));
  parallel_for(static_cast<long>(pieces.size()), [&](long piece) {
    const Library& library = state_->libraries[static_cast<std::size_t>(piece)];
    std::vector<std::uint8_t> codes(static_cast<std::size_t>(row));
    for (long n = pieces[static_cast<std::size_t>(piece)].begin;
         n < pieces[static_cast<std::size_t>(piece)].end; ++n) {
      Recorder recorder{values, n};
      std::int32_t* output = outputs.data() + n * row;
      void* target = graph.output().scores ? static_cast<void*>(output) : static_cast<void*>(codes.data());
      library.run(input.data() + n * input.shape().row(), target, observe ? &Recorder::trace : nullptr,
                  &recorder);
      if (!graph.output().scores) std::copy(codes.begin(), codes.end(), output);
    }
  });
  if (observe) {
    for (const IntegerNode& node : graph.nodes)
      observe(node.output, values[static_cast<std::size_t>(node.output)]);
  }
  return outputs;
}

}  // namespace nibble::edge
