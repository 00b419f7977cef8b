// The selftest of an emitted package on test vectors that were edited: inputs beyond their grid, unknown
// tokens, wrong checksums. It has to fail where what it compares was changed, and to touch no memory that is
// not the model's.
#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/check.h"
#include "edge/emit/emit_c.h"
#include "tests/edge/random_graph.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

namespace nibble::fuzz {
namespace {

#ifdef NIBBLE_FUZZ_CC
// With the sanitizers and the coverage of the fuzzer, but for its look at every comparison: kernels compare
// all the time.
constexpr const char* kCompiler = NIBBLE_FUZZ_CC " -fno-sanitize-coverage=trace-cmp";
#else
constexpr const char* kCompiler = "cc";
#endif

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// The vectors as variables that another program can see, beside their sizes; what is printed is kept from the
// terminal.
std::string seen_from_outside(std::string vectors, const std::vector<std::string>& arrays) {
  for (const std::string& array : arrays) {
    for (const char* type : {"uint8_t ", "int32_t ", "uint32_t "})
      replace_all(vectors, "static const " + (type + array), type + array);
    replace_all(vectors, "\n#endif\n",
                "\nextern const uint32_t size_of_" + array + ";\nconst uint32_t size_of_" + array +
                    " = sizeof " + array + ";\n\n#endif\n");
  }
  return vectors +
         "static char line[512];\n#define printf(...) snprintf(line, sizeof line, __VA_ARGS__)\n#define main "
         "selftest\n";
}

/// The selftest of a graph's package as a function, and the vectors that it reads. The first array is the
/// input; what it is compared with comes behind.
class Selftest {
 public:
  Selftest(const std::string& name, const edge::IntegerGraph& graph, const std::vector<std::string>& arrays,
           const edge::EmitOptions& options = {}) {
    const std::filesystem::path package = folder() / name;
    edge::emit_c(graph, package, options);
    write_file(package / "test_vectors.h", seen_from_outside(read_file(package / "test_vectors.h"), arrays));
    std::string selftest = read_file(package / "selftest.c");
    for (const char* size : {"[TEST_STEPS]", "[TEST_CHECKS]"})  // it is to run more than once
      replace_all(selftest, str("static int good", size, ";"), str("int good", size, " = {0};"));
    write_file(package / "selftest.c", selftest);
    const std::string in = "cd '" + package.string() + "' && ";
    const std::string compile =
        in + kCompiler +
        " -std=c99 -O2 -w -shared -fPIC -DMODEL_TRACE -o selftest.so selftest.c model*.c nbl_*.c";
    require(std::system(compile.c_str()) == 0, "the selftest of " + name + " cannot be compiled: " + compile);
    void* const library = dlopen((package / "selftest.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    require(library != nullptr, "the selftest of " + name + " cannot be loaded");
    main_ = reinterpret_cast<int (*)()>(dlsym(library, "selftest"));
    for (const std::string& array : arrays) {
      auto* const bytes = static_cast<char*>(dlsym(library, array.c_str()));
      const std::size_t size =
          *static_cast<const std::uint32_t*>(dlsym(library, ("size_of_" + array).c_str()));
      arrays_.push_back({bytes, size, std::string(bytes, size)});
    }
    for (int twice = 0; twice < 2; ++twice)
      require(main_() == 0, "the selftest of " + name + " fails on its own vectors");
  }

  /// Changes bytes, runs, changes them back.
  void run(Choices& choices) {
    bool expectation_changed = false, input_changed = false;
    while (choices.more()) {
      const std::size_t chosen = choices.below(arrays_.size());
      Vectors& vectors = arrays_[chosen];
      const std::size_t at = choices.below(65536) % vectors.size;
      vectors.bytes[at] = static_cast<char>(choices.byte());
    }
    for (std::size_t i = 0; i < arrays_.size(); ++i)
      (i == 0 ? input_changed : expectation_changed) |=
          std::memcmp(arrays_[i].bytes, arrays_[i].first.data(), arrays_[i].size) != 0;
    const int result = main_();
    for (const Vectors& vectors : arrays_)
      std::copy(vectors.first.begin(), vectors.first.end(), vectors.bytes);
    if (!input_changed)
      require((result == 0) == !expectation_changed,
              "the selftest passes on wrong vectors, or fails on right ones");
  }

 private:
  struct Vectors {
    char* bytes;
    std::size_t size;
    std::string first;
  };
  std::vector<Vectors> arrays_;
  int (*main_)();
};

edge::IntegerGraph small_text_graph() {
  edge::GraphBuilder b = edge::GraphBuilder::text(4, 7);
  b.scores16(b.recurrent(kernels::RecurrentKind::lstm, b.embedding(5, 4, 15), 6, 4, 15, 2), 4, 4);
  return b.finish();
}

// Two images: what differs between images is seen, and each costs its time at every input.
edge::EmitOptions two_images(const Shape& sample) {
  Array<std::uint8_t> codes(Shape{2, sample[0], sample[1], sample[2]});
  for (long i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(37 * i % 256);
  return {.samples = std::move(codes)};
}

void read_vectors(std::string_view bytes) {
  static const auto of_images = [](const std::string& name, const edge::IntegerGraph& graph,
                                   const std::vector<std::string>& arrays) {
    return Selftest(name, graph, arrays, two_images(graph.tensors.front().shape));
  };
  static Selftest images = of_images("images", edge::graph_of_every_op(1), {"test_inputs", "test_output_0"});
  static Selftest outputs =
      of_images("outputs", edge::graph_of_three_outputs(1), {"test_inputs", "test_output_0"});
  static Selftest text("text", small_text_graph(), {"test_tokens", "test_checksums"},
                       {.text = {.tokens = {{3}, {2, 0, 1}}, .words = {"a", "b", "c", "<eos>"}}});
  Selftest* const all[] = {&images, &outputs, &text};
  Choices choices(bytes);
  choices.one_of(all)->run(choices);
}

const Registered selftest("selftest", &read_vectors);

}  // namespace
}  // namespace nibble::fuzz
