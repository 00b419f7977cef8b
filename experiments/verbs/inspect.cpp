#include <filesystem>
#include <iomanip>
#include <iostream>

#include "core/kernels/conv/conv2d_codes.h"
#include "core/parallel.h"
#include "experiments/process/machine.h"
#include "experiments/results/run_directory.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"
#include "layers/network/summary.h"

namespace nibble {

namespace {

std::string bits(int n) { return n == 0 ? "" : n == 32 ? "float" : std::to_string(n); }

void print_table(const std::vector<NodeSummary>& nodes) {
  std::size_t width = 5;
  for (const NodeSummary& node : nodes) width = std::max(width, node.name.size());
  const int name_column = static_cast<int>(width) + 2;
  NodeSummary total;
  std::cout << std::left << std::setw(name_column) << "node" << std::setw(22) << "kind" << std::setw(15)
            << "shape" << std::right << std::setw(11) << "parameters" << std::setw(13) << "MACs"
            << std::setw(8) << "w bits" << std::setw(8) << "a bits" << std::setw(12) << "weight B"
            << "  runs as\n";
  for (const NodeSummary& node : nodes) {
    std::cout << std::left << std::setw(name_column) << node.name << std::setw(22) << node.kind
              << std::setw(15) << str(node.shape) << std::right << std::setw(11) << node.parameters
              << std::setw(13) << node.macs << std::setw(8) << bits(node.weight_bits) << std::setw(8)
              << bits(node.activation_bits) << std::setw(12) << node.weight_bytes
              << (node.runs_as.empty() ? "" : "  ") << node.runs_as << "\n";
    total.parameters += node.parameters;
    total.macs += node.macs;
    total.weight_bytes += node.weight_bytes;
  }
  std::cout << std::left << std::setw(name_column + 37) << "total" << std::right << std::setw(11)
            << total.parameters << std::setw(13) << total.macs << std::setw(28) << total.weight_bytes << "\n";
}

const char* vector_instructions() {
#if defined(__AVX512F__)
  return "AVX-512";
#elif defined(__AVX2__)
  return "AVX2";
#else
  return "SSE";
#endif
}

std::string why_these() {
  const std::string isa = NIBBLE_ISA;
  if (isa == "native") return "the machine on which this program was built";
  if (isa.starts_with("x86-64-v"))
    return "the level " + isa +
           ", the highest of -v2, -v3 and -v4 that the processor has (NIBBLE_LEVEL asks for a lower)";
  return isa.empty() ? "the compiler's own choice" : "-march=" + isa;
}

// What this processor lets the training loop do, and why.
void print_machine() {
  set_threads(0);
  const Machine machine = this_machine();
  std::cout << "processor            " << machine.cpu << ", " << machine.threads << " threads\n"
            << "loops compiled for   " << vector_instructions() << ", " << why_these() << "\n"
            << "forward, codes       "
            << (kernels::has_byte_products()
                    ? "byte products (VNNI) with exact int32 sums"
                    : "float32 products: the processor has no VNNI, or oneDNN is left out")
            << "\nbackward, codes      "
            << (kernels::has_bfloat16_products()
                    ? "bfloat16 products, sums in float32 (train.gradients = float32 for float32 ones)"
                    : "float32 products: the processor has no AVX-512 bfloat16, or oneDNN is left out")
            << "\nforward, backward    float32 products where an operand is no code\n";
}

}  // namespace

int inspect_verb(const Words& words) {
  if (words == Words{"--machine"}) {
    print_machine();
    return kSuccess;
  }
  ExperimentConfig config;
  Options options;
  Words configured = words;
  // A run is inspected through its resolved config.
  for (std::string& word : configured)
    if (std::filesystem::is_directory(word)) word = RunDirectory(word).config();
  read_configured(options, config, configured, "inspect");
  Network network = describe_network(config);
  print_table(summarize(network));
  return kSuccess;
}

}  // namespace nibble
