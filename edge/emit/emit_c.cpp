#include "edge/emit/emit_c.h"

#include "core/check.h"
#include "edge/emit/build_files.h"
#include "edge/emit/c_text.h"
#include "edge/emit/embedded_texts.h"
#include "edge/emit/memory_report.h"
#include "edge/emit/package_files.h"
#include "edge/emit/readme.h"
#include "edge/graph/verify.h"

namespace nibble::edge {

namespace {

const char* selftest_of(const IntegerGraph& graph) {
  return graph.reads_text() ? "selftest_text.c" : "selftest.c";
}

std::string vectors(const IntegerGraph& graph, const EmitOptions& options, const ModelNames& names) {
  if (!graph.reads_text()) {
    return test_vectors(graph, options.samples.empty() ? random_samples(graph, 4) : options.samples, names);
  }
  TextSample text = options.text;
  if (text.tokens.empty()) text.tokens = random_tokens(graph, 20);
  return test_vectors(graph, text, names);
}

void check_classes(const IntegerGraph& graph, const std::vector<std::string>& classes) {
  if (classes.empty()) return;
  if (graph.boxes) {
    const int expected = graph.boxes->heads.front().classes;
    check(static_cast<int>(classes.size()) == expected, "emit_c: found ", classes.size(),
          " names of classes, expected ", expected, " as the boxes of '", graph.name, "' have");
    return;
  }
  check(!graph.reads_text() && graph.outputs.size() == 1 &&
            static_cast<long>(classes.size()) == graph.output().shape.count(),
        "emit_c: found ", classes.size(), " names of classes, expected one for each score of '", graph.name,
        "'");
}

// What else takes flash, where a program uses it.
std::string beside(const EmitOptions& options, const std::vector<std::string>& scores,
                   const ModelNames& names) {
  std::string text;
  if (!options.pixels.empty())
    text += str("Where ", names.lower, "_encode is called, ", options.pixels.table.size(),
                " bytes of flash more.\n");
  long bytes = 0;
  for (const std::string& name : scores) bytes += static_cast<long>(name.size()) + 1 + 4;  // and a pointer
  if (bytes > 0)
    text += str("Where ", names.lower, "_names is read, about ", bytes, " bytes of flash more.\n");
  return text;
}

// The files of one package, each opened by the words that a later export looks for.
class Package {
 public:
  explicit Package(const std::string& origin) : origin_(c_plain(origin)) {}

  // A kernel is the same file in every package.
  void kernel(const std::string& name) {
    add(name, str("/* ", first_words(name), ". */\n", embedded_text(name)));
  }
  void c(const std::string& name, const std::string& text) {
    add(name, str("/* ", first_words(name), ".", origin_.empty() ? "" : "\n * " + origin_, " */\n", text));
  }
  void plain(const std::string& name, const std::string& text) {
    add(name, str(first_words(name), ".\n", origin_.empty() ? "" : origin_ + "\n", "\n", text));
  }
  void add(const std::string& name, std::string text) { files.push_back({name, std::move(text)}); }

  std::vector<PackageFile> files;

 private:
  std::string origin_;
};

}  // namespace

void emit_c(const IntegerGraph& graph, const std::filesystem::path& directory, const EmitOptions& options) {
  const ModelNames names = model_names(options.c_name);
  verify(graph);
  check_pixels(graph, options.pixels);
  check_classes(graph, options.classes);
  const MemoryPlan plan = plan_memory(graph);
  const EmittedModel model = emit_model(graph, plan, options);

  Package package(options.origin);
  package.c(names.lower + ".h", model.header);
  std::vector<std::string> sources;
  const auto source = [&](const std::string& name, const std::string& text) {
    package.c(name, text);
    sources.push_back(name);
  };
  source(names.lower + ".c", model.source);
  if (!options.pixels.empty()) source(names.lower + "_pixels.c", pixel_source(options.pixels, names));
  const std::vector<std::string>& scores = graph.reads_text() ? options.text.words : options.classes;
  if (!scores.empty()) source(names.lower + "_names.c", name_source(graph, scores, names));

  std::vector<std::string> kernels{"nbl_kernels.h"};
  for (const std::string& kernel : model.kernels) kernels.push_back(kernel + ".c");
  sources.insert(sources.end(), kernels.begin() + 1, kernels.end());
  for (const std::string& file : with_includes(kernels)) package.kernel(file);
  package.c("selftest.c", with_names(embedded_text(selftest_of(graph)), names));
  package.c("test_vectors.h", vectors(graph, options, names));
  package.add("Makefile", makefile(names, sources));
  package.add("CMakeLists.txt", cmake_lists(names, sources));
  package.plain("README.txt", readme(graph, options));
  package.plain("memory.txt", str(options.name, ": what it needs on the device\n\n",
                                  to_text(memory_report(graph, plan)), beside(options, scores, names)));
  write_package(directory, package.files);
}

}  // namespace nibble::edge
