#include <filesystem>
#include <iostream>

#include "core/kernels/conv/conv2d_codes.h"
#include "core/parallel.h"
#include "experiments/process/machine.h"
#include "experiments/process/table.h"
#include "experiments/process/terminal.h"
#include "experiments/results/run_directory.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"
#include "layers/network/summary.h"

namespace nibble {

namespace {

std::string bits(int n) { return n == 0 ? "" : n == 32 ? "float" : std::to_string(n); }

void print_nodes(const std::vector<NodeSummary>& nodes) {
  Table table{{{"node"},
               {"kind"},
               {"shape"},
               {"parameters", true},
               {"MACs", true},
               {"w bits", true},
               {"a bits", true},
               {"weight B", true},
               {"runs as"}}};
  NodeSummary total;
  for (const NodeSummary& node : nodes) {
    table.rows.push_back({node.name, node.kind, str(node.shape), str(node.parameters), str(node.macs),
                          bits(node.weight_bits), bits(node.activation_bits), str(node.weight_bytes),
                          node.runs_as});
    total.parameters += node.parameters;
    total.macs += node.macs;
    total.weight_bytes += node.weight_bytes;
  }
  table.rows.push_back(
      {"total", "", "", str(total.parameters), str(total.macs), "", "", str(total.weight_bytes), ""});
  print(table, std::cout, output_columns());
  std::cout
      << "\n"
      << wrap(
             "w bits: of weights; a bits: of a node's output. weight B: bytes of the weights on the device, "
             "which "
             "stores two a byte up to 4 bits, so that 2 and 3 bits take what 4 take, and one a byte up to 8 "
             "bits; of float weights 4 bytes each.",
             text_columns());
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
  const std::string forward = kernels::has_byte_products() ? "byte products (VNNI) with exact int32 sums"
                                                           : "float32 products: " + why_without("VNNI");
  const std::string backward =
      kernels::has_bfloat16_products()
          ? "bfloat16 products, sums in float32 (train.gradients = float32 for float32 ones)"
          : "float32 products: " + why_without("AVX-512 bfloat16");
  std::cout << explained({{"processor", str(machine.cpu, ", ", machine.threads, " threads")},
                          {"loops compiled for", str(vector_instructions(), ", ", why_these())},
                          {"forward, codes", forward},
                          {"backward, codes", backward},
                          {"forward, backward", "float32 products where an operand is no code"}},
                         output_columns());
}

}  // namespace

int inspect_verb(const Words& words) {
  if (words == Words{"--machine"}) {
    print_machine();
    return kSuccess;
  }
  ExperimentConfig config;
  Options options;
  bool machine = false;
  options.add_switch("machine", machine,
                     "Instead of a network: what this processor lets the training loop do.");
  Words configured = words;
  // A run is inspected through its resolved config.
  for (std::string& word : configured)
    if (std::filesystem::is_directory(word)) word = RunDirectory(word).config();
  read_configured(options, config, configured, "inspect");
  if (machine) usage_error("inspect: found --machine and a CONFIG, expected one of the two");
  Network network = describe_network(config);
  print_nodes(summarize(network));
  return kSuccess;
}

}  // namespace nibble
