#include "edge/emit/test_vectors.h"

#include <algorithm>
#include <sstream>

#include "core/check.h"
#include "core/random.h"
#include "edge/emit/box_vectors.h"
#include "edge/emit/c_text.h"
#include "edge/graph/node_view.h"
#include "edge/run/reference.h"

namespace nibble::edge {

namespace {

// FNV-1a, as in edge/emit/host/selftest.c and selftest_text.c: the low byte of a number first.
template <typename Value>
std::uint32_t checksum(const Value* values, long n) {
  std::uint32_t hash = 2166136261u;
  for (long i = 0; i < n; ++i) {
    const auto v = static_cast<std::uint32_t>(values[i]);
    for (std::size_t byte = 0; byte < sizeof(Value); ++byte)
      hash = (hash ^ ((v >> (8 * byte)) & 255u)) * 16777619u;
  }
  return hash;
}

// Rows of equal length as a two-dimensional C array; the suffix "u" keeps checksums unsigned.
template <typename Value>
void write_rows(std::ostream& text, const Value* values, long rows, long row, const char* suffix) {
  text << "{\n";
  for (long r = 0; r < rows; ++r) {
    text << "    {";
    for (long i = 0; i < row; ++i) {
      if (i % 16 == 0) text << "\n        ";
      text << +values[r * row + i] << suffix << ", ";
    }
    text << "\n    },\n";
  }
  text << "};\n";
}

}  // namespace

Array<std::uint8_t> random_samples(const IntegerGraph& graph, long n) {
  Rng rng = Rng(1).stream("test_vectors");
  auto samples = Array<std::uint8_t>::uninitialized(batch_shape(n, graph.input().shape));
  for (std::uint8_t& code : samples) {
    code = static_cast<std::uint8_t>(rng.below(static_cast<std::uint64_t>(graph.input().top) + 1));
  }
  return samples;
}

Array<std::int32_t> random_tokens(const IntegerGraph& graph, long steps) {
  Rng rng = Rng(1).stream("test_vectors");
  auto tokens = Array<std::int32_t>::uninitialized({steps});
  for (std::int32_t& token : tokens)
    token = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(graph.input().top) + 1));
  return tokens;
}

std::string test_vectors(const IntegerGraph& graph, const TextSample& sample, const ModelNames& names) {
  check(sample.words.empty() || static_cast<int>(sample.words.size()) == graph.input().top + 1,
        "test_vectors: found ", sample.words.size(), " words, expected one for each of ",
        graph.input().top + 1, " tokens, or none");
  const long steps = sample.tokens.size();
  std::vector<std::string> layers;
  for (const IntegerNode& node : graph.nodes) {
    if (std::holds_alternative<IntegerRecurrent>(node.op))
      layers.push_back(name(graph, node) + " (gates, state)");
    layers.push_back(name(graph, node));
  }
  const auto checks = static_cast<long>(layers.size());
  Array<std::uint32_t> checksums({steps, checks});
  long column = 0;
  const auto keep = [&](const auto& values) {
    if (values.empty()) return;
    const long row = values.shape().row();
    for (long t = 0; t < steps; ++t) checksums[t * checks + column] = checksum(values.data() + t * row, row);
    ++column;
  };
  IntegerState state;
  reference_outputs(graph, TokenBatch{sample.tokens, 1}, state, [&](int, const IntegerValue& value) {
    keep(value.cell);
    keep(value.codes);
    keep(value.scores);
  });

  std::ostringstream text;
  text << with_names(
              "/* A text, and of each step checksums of what each layer computes on the host. */\n"
              "#ifndef TEST_VECTORS_H\n#define TEST_VECTORS_H\n\n#include \"model.h\"\n\n",
              names)
       << "#define TEST_STEPS " << steps << "\n#define TEST_CHECKS " << checks << "\n\n"
       << "static const char *const test_check_names[TEST_CHECKS] = {\n";
  for (const std::string& layer : layers) text << "    \"" << c_plain(layer) << "\",\n";
  text << "};\n\n";
  if (!sample.words.empty()) text << "#define TEST_WORDS 1\n\n";
  text << c_table("int32_t", "test_tokens", sample.tokens)
       << "\nstatic const uint32_t test_checksums[TEST_STEPS][TEST_CHECKS] = ";
  write_rows(text, checksums.data(), steps, checks, "u");
  text << "\n#endif\n";
  return text.str();
}

namespace {

// The reference's outputs, and of each sample the checksum of each layer's codes; 0 for scores, whose bytes
// depend on the machine.
struct Expected {
  Array<std::uint32_t> checksums;  // [N, nodes]
  IntegerOutputs outputs;
};

Expected expected_of(const IntegerGraph& graph, const Array<std::uint8_t>& samples) {
  const long n = samples.shape()[0], steps = static_cast<long>(graph.nodes.size());
  Expected expected{Array<std::uint32_t>({n, steps}), {}};
  long step = 0;
  expected.outputs = reference_outputs(graph, samples, [&](int, const IntegerValue& value) {
    for (long i = 0; i < n && !value.codes.empty(); ++i) {
      const long row = value.codes.shape().row();
      expected.checksums[i * steps + step] = checksum(value.codes.data() + i * row, row);
    }
    ++step;
  });
  return expected;
}

// Buffers for what the model makes, beside what it should make, and the question whether they agree.
void write_outputs(std::ostream& all, const IntegerGraph& graph, const IntegerOutputs& outputs,
                   const ModelNames& names) {
  std::ostringstream text, pointers, cases;
  const bool several = outputs.size() > 1;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const IntegerTensor& tensor = graph.tensor(graph.outputs[k]);
    const std::string size = several ? str("MODEL_OUTPUT_", k) : "MODEL_OUTPUTS";
    text << "static " << c_type(tensor) << " test_found_" << k << "[" << size << "];\n"
         << "static const " << c_type(tensor) << " test_output_" << k << "[TEST_SAMPLES][" << size << "] = ";
    write_rows(text, outputs[k].data(), outputs[k].shape()[0], outputs[k].shape().row(), "");
    pointers << (k == 0 ? "" : ", ") << "test_found_" << k;
    cases << "  if (output == " << k << ") {\n    for (int32_t i = 0; i < " << size
          << "; ++i) same = same && test_found_" << k << "[i] == test_output_" << k << "[sample][i];\n  }\n";
  }
  if (several) text << "static const model_outputs_t test_found = {" << pointers.str() << "};\n";
  text << "#define TEST_FOUND " << (several ? "&test_found" : "test_found_0") << "\n"
       << "static const int test_step_outputs[TEST_STEPS] = {";
  for (const IntegerNode& node : graph.nodes) {
    const auto at = std::find(graph.outputs.begin(), graph.outputs.end(), node.output);
    text << (at == graph.outputs.end() ? -1 : at - graph.outputs.begin()) << ", ";
  }
  text << "};\n\nstatic int test_agrees(int sample, int output) {\n  int same = 1;\n"
       << cases.str() << "  return same;\n}\n";
  all << with_names(text.str(), names);
}

}  // namespace

std::string test_vectors(const IntegerGraph& graph, const Array<std::uint8_t>& samples,
                         const ModelNames& names) {
  const long n = samples.shape()[0], steps = static_cast<long>(graph.nodes.size());
  const auto [checksums, outputs] = expected_of(graph, samples);
  std::ostringstream text;
  text << with_names(
              "/* Inputs, checksums of each layer's codes, and outputs of the host's reference. */\n"
              "#ifndef TEST_VECTORS_H\n#define TEST_VECTORS_H\n\n#include \"model.h\"\n\n",
              names)
       << "#define TEST_SAMPLES " << n << "\n#define TEST_STEPS " << steps << "\n\n"
       << "static const char *const test_step_names[TEST_STEPS] = {\n";
  for (const IntegerNode& node : graph.nodes) text << "    \"" << c_plain(name(graph, node)) << "\",\n";
  text << with_names("};\n\nstatic const uint8_t test_inputs[TEST_SAMPLES][MODEL_INPUTS] = ", names);
  write_rows(text, samples.data(), n, samples.shape().row(), "");
  text << "\nstatic const uint32_t test_checksums[TEST_SAMPLES][TEST_STEPS] = ";
  write_rows(text, checksums.data(), n, steps, "u");
  text << '\n';
  write_outputs(text, graph, outputs, names);
  if (graph.boxes) text << box_vectors(graph, outputs, names);
  text << "\n#endif\n";
  return text.str();
}

}  // namespace nibble::edge
