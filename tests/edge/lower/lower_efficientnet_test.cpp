// EfficientNet-B0 with random weights: squeeze-and-excitation in float, in integers and in C.
#include <catch2/catch.hpp>

#include "edge/check/compare.h"
#include "edge/check/compare_network.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/lower.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/lower/sample_network.h"

namespace nibble::edge::lower_efficientnet_test {

TEST_CASE("efficientnet_b0_is_the_same_in_float_in_integers_and_in_c") {
  SampleNetwork sample({.kind = "efficientnet_b0"}, {32, 32, 3}, 4);
  auto& [network, x] = sample;
  const IntegerGraph graph = lower(network, "efficientnet_b0");
  long products = 0, codes = 0, differing = 0;
  for (const IntegerNode& node : graph.nodes) products += std::holds_alternative<IntegerMultiply>(node.op);
  CHECK(products == 16);
  for (const LayerAgreement& layer : compare_with_network(network, graph, x)) {
    INFO(layer.layer);
    CHECK(layer.largest_step <= 1);
    codes += layer.codes;
    differing += layer.differing;
  }
  INFO(differing << " of " << codes << " codes differ");
  CHECK(codes > 100'000);
  CHECK(static_cast<double>(differing) <= 0.001 * static_cast<double>(codes));
  const Scratch scratch;
  emit_c(graph, scratch.path);
  const CompiledModel compiled(graph, scratch.path);
  const Comparison comparison = compare(graph, &compiled, encode_input(graph, x));
  INFO((comparison.first ? to_text(*comparison.first) : ""));
  CHECK(comparison.samples == 4);
  CHECK(comparison.differences == 0);
}

}  // namespace nibble::edge::lower_efficientnet_test
