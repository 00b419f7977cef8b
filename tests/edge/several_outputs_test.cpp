// A graph with several outputs through the whole house: float network, integers, reference, evaluator, C.
#include <catch2/catch.hpp>

#include "core/parallel.h"
#include "edge/check/compare.h"
#include "edge/check/compare_network.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"
#include "edge/emit/test_vectors.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/fuse_tables.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "edge/run/reference.h"
#include "layers/network/quantize.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::several_outputs_test {
namespace {

const Shape kSample{12, 10, 3};

Tensor images(long n) {
  Rng rng(7);
  Tensor x = Tensor::uninitialized({n, kSample[0], kSample[1], kSample[2]});
  for (Real& v : x) v = rng.normal();
  return x;
}

NodeRef find(const Network& network, const std::string& name) {
  for (std::size_t i = 0; i < network.nodes().size(); ++i) {
    if (network.nodes()[i].name == name) return {static_cast<int>(i)};
  }
  throw Error("no node " + name);
}

// Codes of a stem, which the next layers read too; codes of a head; scores.
Network network_of_three_outputs() {
  Network net(Rng(3));
  NodeRef x = net.add_input("image", kSample);
  x = net.add("stem", Conv2dOptions{.out_channels = 8, .kernel = {3, 3}, .padding = {1, 1}}, {x});
  x = net.add("norm", BatchNormOptions{}, {x});
  const NodeRef stem = net.add("act", ActivationOptions{.kind = ActivationKind::relu}, {x});
  const Conv2dOptions head{.out_channels = 5, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}};
  net.add("head", head, {stem});
  x = net.add("mix", Conv2dOptions{.out_channels = 6, .kernel = {1, 1}}, {stem});
  x = net.add("act2", ActivationOptions{.kind = ActivationKind::relu}, {x});
  net.add("fc", LinearOptions{.out_features = 4}, {net.add("mean", GlobalPoolOptions{}, {x})});
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(net, policy);
  const NodeRef codes = net.add("head/codes", QuantizerOptions{.bits = 8}, {find(net, "head")});
  net.set_outputs({codes, find(net, "act/quant"), find(net, "fc")});
  initialize_quantizers(net, images(16));
  return net;
}

bool equal(const IntegerOutputs& a, const IntegerOutputs& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i].shape() == b[i].shape()) || !std::equal(a[i].begin(), a[i].end(), b[i].begin())) return false;
  }
  return true;
}

// Reference, evaluator and C on batches of several sizes, threads at each.
void check_everywhere(const IntegerGraph& graph) {
  const Scratch scratch;
  emit_c(graph, scratch.path, {.name = graph.name, .samples = random_samples(graph, 3)});
  const CompiledModel compiled(graph, scratch.path);
  const Evaluator evaluate(graph);
  for (const long n : {1L, 5L, 17L}) {
    const Array<std::uint8_t> x = random_samples(graph, n);
    const IntegerOutputs expected = reference_outputs(graph, x);
    for (const int count : {1, 2, 4}) {
      set_threads(count);
      INFO(graph.name << ", " << n << " images, " << count << " threads");
      CHECK(equal(evaluate.outputs(x), expected));
      set_threads(0);
    }
    CHECK(equal(compiled.outputs(x), expected));
    CHECK(compare(graph, &compiled, x).differences == 0);
  }
  CHECK(shell(scratch.path, "make check CFLAGS='-O1 -Wall -Wextra -Wpedantic -Wconversion -Werror'") == 0);
}

}  // namespace

TEST_CASE("a_network_with_three_outputs_is_the_same_in_float_integers_and_c") {
  Network network = network_of_three_outputs();
  const IntegerGraph graph = lower(network, "three outputs");
  REQUIRE(graph.outputs.size() == 3);
  const auto output = [&](std::size_t i) { return graph.tensor(graph.outputs[i]); };
  CHECK(output(0).name == "head/codes");
  CHECK(output(0).shape == Shape{6, 5, 5});
  CHECK(output(1).name == "act/quant");
  CHECK(output(1).shape == Shape{12, 10, 8});
  CHECK((output(2).name == "fc" && output(2).scores));
  for (const LayerAgreement& layer : compare_with_network(network, graph, images(20))) {
    INFO(layer.layer);
    CHECK(layer.largest_step <= 1);
    CHECK(layer.differing <= 2 + layer.codes / 1000);
  }
  check_everywhere(graph);
}

TEST_CASE("the_outputs_of_lowered_codes_are_the_networks_values") {
  Network network = network_of_three_outputs();
  const IntegerGraph graph = lower(network);
  const Tensor x = images(4);
  const NoGradient evaluation;
  const std::vector<Var> real = network.forward_outputs(x, Pass{});
  const IntegerOutputs codes = reference_outputs(graph, encode_input(graph, x));
  const IntegerTensor& tensor = graph.tensor(graph.outputs[1]);
  long differing = 0;
  for (long i = 0; i < codes[1].size(); ++i)
    differing += std::abs(tensor.scale * codes[1][i] + tensor.shift - double{real[1].value()[i]}) > 1e-4;
  CHECK(differing <= 2 + codes[1].size() / 1000);
}

TEST_CASE("several_outputs_are_equal_in_reference_evaluator_and_c") {
  check_everywhere(graph_of_three_outputs(1));
  for (std::uint64_t seed = 2; seed < 6; ++seed) check_everywhere(random_graph_of_outputs(seed));
}

TEST_CASE("several_outputs_of_images_too_large_for_the_cache_are_put_together_from_slices") {
  GraphBuilder b({200, 200, 3}, 15, 5);
  const GraphBuilder::ConvOptions first{.out_channels = 24, .kernel = {1, 1}, .padding = {0, 0}},
      second{.out_channels = 32, .kernel = {1, 1}, .padding = {0, 0}};
  const int wide = b.conv(b.conv(0, first, 15), second, 15);  // 2.2 MB between them
  b.output(b.average_pool(wide, {2, 2}, {2, 2}, 255));
  b.output(b.scores(b.average_pool(wide, {200, 200}, {1, 1}, 255, true), 3, 8));
  const IntegerGraph graph = b.finish();
  const Array<std::uint8_t> x = random_samples(graph, 5);
  const IntegerOutputs expected = reference_outputs(graph, x);
  for (const int n : {1, 2, 3}) {
    set_threads(n);
    CHECK(equal(Evaluator(graph).outputs(x), expected));
  }
  set_threads(0);
}

TEST_CASE("a_table_whose_codes_are_an_output_is_not_fused_away") {
  GraphBuilder b({4}, 15, 3);
  const int first = b.table(0, 15), second = b.table(first, 15);
  b.output(second);
  b.output(first);
  IntegerGraph graph = b.finish();
  fuse_tables(graph);
  CHECK(graph.nodes.size() == 2);
  graph.outputs = {second};
  fuse_tables(graph);
  CHECK(graph.nodes.size() == 1);
  CHECK(graph.outputs == std::vector<int>{1});
}

TEST_CASE("who_asks_for_the_only_output_of_several_is_told_how_many_there_are") {
  const IntegerGraph graph = graph_of_three_outputs(2);
  const Array<std::uint8_t> x = random_samples(graph, 1);
  CHECK_THROWS_WITH(run_reference(graph, x), Catch::Contains("found 3 outputs, expected one"));
  CHECK_THROWS_WITH(Evaluator(graph)(x), Catch::Contains("found 3 outputs, expected one"));
  CHECK_THROWS_WITH(graph.output(), Catch::Contains("found 3 outputs, expected one"));
}

TEST_CASE("a_text_with_several_outputs_runs_here_and_is_refused_in_c") {
  GraphBuilder b = GraphBuilder::text(7, 2);
  const int x = b.recurrent(kernels::RecurrentKind::lstm, b.embedding(5, 4, 15), 6, 4, 15, 1);
  b.output(x);
  b.output(b.scores16(x, 7, 4));
  const IntegerGraph graph = b.finish();
  const TokenBatch batch{random_tokens(graph, 12), 3};
  IntegerState state, fast;
  CHECK(equal(Evaluator(graph).outputs(batch, fast), reference_outputs(graph, batch, state)));
  const Scratch scratch;
  CHECK_THROWS_WITH(emit_c(graph, scratch.path),
                    Catch::Contains("reads a text and has 2 outputs, expected one"));
}

}  // namespace nibble::edge::several_outputs_test
