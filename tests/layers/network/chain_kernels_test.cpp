// Which kernels the chains of networks get. Blocks compute every chain and are several times slower than
// lanes, and results do not show which of the two has run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "layers/models/cfg_models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::chain_kernels_test {
namespace {

Network model(const std::string& kind, std::optional<ActivationKind> activation) {
  ModelOptions options;
  options.kind = kind;
  options.activation = activation;
  const bool text = kind == "lstm" || kind == "gru";
  return build_model(options, text ? Shape{1} : Shape{64, 64, 3}, 10, Rng(1));
}

// The policies of configs/ and its sweeps, as far as they decide where quantizers stand.
std::vector<QuantPolicy> policies() {
  std::vector<QuantPolicy> all;
  for (const QuantMethod method :
       {QuantMethod::learned_scale_shift, QuantMethod::lsq, QuantMethod::lsq_plus, QuantMethod::dorefa}) {
    for (const int join_bits : {8, 4}) {
      all.emplace_back();
      all.back().method = method;
      all.back().join_bits = join_bits;
    }
  }
  all.emplace_back();
  all.back().method = QuantMethod::learned_scale_shift;
  all.back().activation_bits = 8;
  return all;
}

// The patterns of a network, in float and quantized, by their description.
using Patterns = std::map<std::string, ChainPattern>;
void add_patterns(Network& network, Patterns& all) {
  for (const bool training : {true, false}) {
    for (const FusedChain& chain : network.plan({.training = training}).chains)
      all[describe(chain.pattern)] = chain.pattern;
  }
}
Patterns patterns_of(const std::string& kind, std::optional<ActivationKind> activation) {
  Patterns all;
  Network network = model(kind, activation);
  add_patterns(network, all);
  for (const QuantPolicy& policy : policies()) {
    Network quantized = network;
    quantize(quantized, policy);
    add_patterns(quantized, all);
  }
  return all;
}

}  // namespace

TEST_CASE("all_chains_of_all_models_run_in_lanes") {
  std::set<std::string> found;
  for (const ModelKind& kind : model_kinds()) {
    if (has_cfg({.kind = kind.kind})) continue;  // a file, or a detector: Leaky ReLU and Mish go in blocks
    for (const auto& [text, pattern] : patterns_of(kind.kind, {})) {
      const ChainKernelChoice choice = chain_kernel(pattern);
      INFO(kind.kind << ": " << text << ": " << choice.reason);
      CHECK(choice.kernel == ChainKernel::lanes);
      found.insert(text);
    }
  }
  // What ResNets, MobileNet-V2 and EfficientNet-B0 are made of.
  for (const char* const expected :
       {"norm, relu", "norm, relu, quantizer", "norm, quantizer", "sum, relu",
        "sum, relu, quantizer, quantizer", "norm, relu6, quantizer", "sum, quantizer, quantizer",
        "norm, swish", "norm, quantizer, swish, quantizer", "product, quantizer"}) {
    INFO(expected);
    CHECK(found.count(expected) == 1);
  }
}

TEST_CASE("chains_with_other_activations_run_in_lanes_but_for_those_known") {
  using enum ActivationKind;
  for (const char* const kind : {"resnet8", "mobilenet_v2", "efficientnet_b0", "vgg_small"}) {
    for (const ActivationKind activation :
         {relu, relu6, swish, mish, leaky_relu, sigmoid, tanh, hard_swish}) {
      const bool limits = activation == relu || activation == relu6;
      const bool curves = activation == swish || activation == mish;
      for (const auto& [text, pattern] : patterns_of(kind, activation)) {
        const bool has_it = std::count(pattern.steps.begin(), pattern.steps.end(), activation) > 0;
        // A swish or mish behind a residual addition: no lanes have been written for it.
        const bool known = limits || (curves && pattern.head != ChainHead::sum);
        const ChainKernelChoice choice = chain_kernel(pattern);
        INFO(kind << ", " << text << ": " << choice.reason);
        if (known || !has_it) {
          CHECK(choice.kernel == ChainKernel::lanes);
        } else {
          CHECK(choice.kernel == ChainKernel::blocks);
          const std::string reason = curves ? str("lanes know all steps but not the pattern ", text)
                                            : str("lanes know no ", name(activation), ", found ", text);
          CHECK(choice.reason == reason);
        }
      }
    }
  }
}

}  // namespace nibble::chain_kernels_test
