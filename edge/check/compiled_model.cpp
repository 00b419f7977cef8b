#include "edge/check/compiled_model.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "core/check.h"
#include "core/files/temporary_directory.h"
#include "core/parallel.h"
#include "edge/emit/embedded_texts.h"
#include "edge/graph/walk.h"

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

void compile(const fs::path& directory, const fs::path& scratch, const fs::path& library, bool reads_text) {
  std::ofstream(scratch / "trace_forward.c") << embedded_text("trace_forward.c");
  std::ostringstream command;
  // -O3 only for speed: the inner loops vectorize, which takes ResNet-20 from 20 to 6 ms an image on this
  // kind of host.
  command << "cc -std=c99 -O3 -shared -fPIC -DMODEL_TRACE -o " << quoted(library) << ' '
          << quoted(scratch / "trace_forward.c");
  if (reads_text) {
    std::ofstream(scratch / "text_state.c") << embedded_text("text_state.c");
    command << " -I " << quoted(directory) << ' ' << quoted(scratch / "text_state.c");
  }
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
  using Reset = void (*)(void* state);
  using Step = void (*)(void* state, std::int32_t token, void* output);
  using Trace = void (*)(void* context, int tensor, int cell, const void* data, std::int32_t bytes);

  Library(const fs::path& file, bool reads_text) : handle_(dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    check(handle_ != nullptr, "compiled_model: cannot load ", file.string(), ": ", dlerror());
    if (reads_text) {
      reset_ = symbol<Reset>("model_reset");
      step_ = symbol<Step>("model_step");
      state_bytes_ = symbol<std::int32_t (*)()>("nbl_state_bytes")();
    } else {
      run_ = symbol<Run>("model_run");
    }
    set_trace_ = symbol<void (*)(Trace, void*)>("nbl_set_trace");
  }
  ~Library() {
    if (handle_) dlclose(handle_);
  }
  Library(Library&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)),
        run_(other.run_),
        reset_(other.reset_),
        step_(other.step_),
        state_bytes_(other.state_bytes_),
        set_trace_(other.set_trace_) {}
  Library& operator=(Library&&) = delete;

  void run(const std::uint8_t* input, void* output, Trace trace, void* context) const {
    set_trace_(trace, context);
    run_(input, output);
  }
  void reset(void* state) const { reset_(state); }
  void step(void* state, std::int32_t token, void* output, Trace trace, void* context) const {
    set_trace_(trace, context);
    step_(state, token, output);
  }
  long state_bytes() const { return state_bytes_; }

 private:
  template <typename Function>
  Function symbol(const char* name) const {
    void* address = dlsym(handle_, name);
    check(address != nullptr, "compiled_model: found no function '", name, "', expected a model of emit_c");
    return reinterpret_cast<Function>(address);
  }

  void* handle_;
  Run run_ = nullptr;
  Reset reset_ = nullptr;
  Step step_ = nullptr;
  long state_bytes_ = 0;
  void (*set_trace_)(Trace, void*) = nullptr;
};

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
          const IntegerObserver& observe) {
  for (const IntegerNode& node : graph.nodes)
    observe(node.output, values[static_cast<std::size_t>(node.output)]);
}

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
  compile(directory, scratch, scratch / "model.so", graph.reads_text());
  for (int i = 0; i < std::max(threads(), 1); ++i) {
    const fs::path copy = scratch / str("model-", i, ".so");
    fs::copy_file(scratch / "model.so", copy);
    state_->libraries.emplace_back(copy, graph.reads_text());
  }
}

CompiledModel::~CompiledModel() = default;
CompiledModel::CompiledModel(CompiledModel&&) noexcept = default;
CompiledModel& CompiledModel::operator=(CompiledModel&&) noexcept = default;

long CompiledModel::state_bytes() const { return state_->libraries.front().state_bytes(); }

// One row of outputs from what C calls model_output_t.
void CompiledModel::copy_outputs(const void* from, std::int32_t* to) const {
  const IntegerTensor& output = state_->graph.output();
  const long n = output.shape.count();
  const auto copy = [&](const auto* values) { std::copy(values, values + n, to); };
  if (!output.scores) {
    copy(static_cast<const std::uint8_t*>(from));
  } else if (output.score_bits == 16) {
    copy(static_cast<const std::int16_t*>(from));
  } else {
    copy(static_cast<const std::int32_t*>(from));
  }
}

Array<std::int32_t> CompiledModel::run(const Array<std::uint8_t>& input,
                                       const IntegerObserver& observe) const {
  const IntegerGraph& graph = state_->graph;
  check(!graph.reads_text(), "compiled_model: found codes for graph '", graph.name, "', expected tokens");
  const bool batched = input.shape().rank() > 0;
  check(batched && input.shape() == batch_shape(input.shape()[0], graph.input().shape),
        "compiled_model: found input ", input.shape(), ", expected [N] images of ", graph.input().shape);
  const long images = input.shape()[0];
  std::vector<IntegerValue> values;
  if (observe) values = room(graph, images);

  auto outputs = Array<std::int32_t>::uninitialized(batch_shape(images, graph.output().shape));
  const long row = outputs.shape().row();
  const std::vector<Range> pieces = cut(images, static_cast<long>(state_->libraries.size()));
  parallel_for(static_cast<long>(pieces.size()), [&](long piece) {
    const Library& library = state_->libraries[static_cast<std::size_t>(piece)];
    std::vector<std::int32_t> output(static_cast<std::size_t>(row));
    const Range range = pieces[static_cast<std::size_t>(piece)];
    for (long n = range.begin; n < range.end; ++n) {
      Recorder recorder{values, n};
      library.run(input.data() + n * input.shape().row(), output.data(), observe ? &Recorder::trace : nullptr,
                  &recorder);
      copy_outputs(output.data(), outputs.data() + n * row);
    }
  });
  if (observe) show(graph, values, observe);
  return outputs;
}

Array<std::int32_t> CompiledModel::run(const TokenBatch& batch, CompiledState& state,
                                       const IntegerObserver& observe) const {
  const IntegerGraph& graph = state_->graph;
  check_tokens(graph, batch, "compiled_model");
  const long rows = batch.tokens.size(), sequences = batch.sequences;
  const auto words =
      (static_cast<std::size_t>(state_bytes()) + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t);
  if (state.empty()) {
    state.assign(static_cast<std::size_t>(sequences), std::vector<std::max_align_t>(words));
    for (auto& of_sequence : state) state_->libraries.front().reset(of_sequence.data());
  }
  check(state.size() == static_cast<std::size_t>(sequences) && state.front().size() == words,
        "compiled_model: found a state of ", state.size(), " sequences, expected ", sequences, ", or none");
  std::vector<IntegerValue> values;
  if (observe) values = room(graph, rows);

  auto outputs = Array<std::int32_t>::uninitialized(batch_shape(rows, graph.output().shape));
  const long width = outputs.shape().row();
  const std::vector<Range> pieces = cut(sequences, static_cast<long>(state_->libraries.size()));
  parallel_for(static_cast<long>(pieces.size()), [&](long piece) {
    const Library& library = state_->libraries[static_cast<std::size_t>(piece)];
    std::vector<std::int32_t> output(static_cast<std::size_t>(width));
    const Range range = pieces[static_cast<std::size_t>(piece)];
    // Steps outside, sequences inside: their states have to be apart.
    for (long first = 0; first < rows; first += sequences) {
      for (long s = range.begin; s < range.end; ++s) {
        const long row = first + s;
        Recorder recorder{values, row};
        library.step(state[static_cast<std::size_t>(s)].data(), batch.tokens[row], output.data(),
                     observe ? &Recorder::trace : nullptr, &recorder);
        copy_outputs(output.data(), outputs.data() + row * width);
      }
    }
  });
  if (observe) show(graph, values, observe);
  return outputs;
}

}  // namespace nibble::edge
