// Language models as integers: lowered, and compared with what training computes.
#include <catch2/catch.hpp>
#include <cmath>

#include "edge/check/compare.h"
#include "edge/check/compare_network.h"
#include "edge/emit/emit_c.h"
#include "edge/lower/lower.h"
#include "edge/lower/lower_recurrent.h"
#include "edge/run/evaluate.h"
#include "edge/run/reference.h"
#include "layers/network/quantize.h"
#include "tests/edge/emit/emitted_files.h"

namespace nibble::edge::lower_text_test {
namespace {

constexpr int kWords = 50;
constexpr long kSequences = 6, kSteps = 60;

Tensor text(std::uint64_t seed) {
  Rng rng(seed);
  Tensor x = Tensor::uninitialized({kSteps * kSequences, 1});
  for (Real& token : x) token = static_cast<Real>(rng.below(kWords));
  return x;
}

QuantPolicy policy_of(QuantMethod method, int bits, Granularity granularity = Granularity::channel,
                      QuantScope scope = QuantScope::all) {
  QuantPolicy policy;
  policy.method = method;
  policy.weight_bits = policy.activation_bits = bits;
  policy.first_and_last_bits = policy.input_bits = bits;
  policy.weight_granularity = granularity;
  policy.scope = scope;
  return policy;
}

// Biases away from zero, so that they count.
void randomize_biases(Network& network, std::uint64_t seed) {
  Rng rng(seed);
  network.parameters([&](const std::string& path, ParameterKind, Var& value) {
    if (!path.ends_with("bias")) return;
    for (Real& b : value.mutable_value()) b = rng.uniform(-1, 1);
  });
}

Network language_model(RecurrentKind kind, int layers, const QuantPolicy& policy,
                       double first_weights = 0.5) {
  Network network(Rng(3));
  NodeRef x = network.add(
      "embedding", EmbeddingOptions{.vocabulary = kWords, .features = 21, .first_weights = first_weights},
      {network.add_input("tokens", {1})});
  for (int layer = 1; layer <= layers; ++layer) {
    x = network.add(str(nibble::name(kind), layer),
                    RecurrentOptions{.kind = kind, .hidden = 18 + layer, .first_weights = first_weights},
                    {x});
  }
  network.add("scores", LinearOptions{.out_features = kWords, .first_weights = first_weights}, {x});
  randomize_biases(network, 4);
  quantize(network, policy);
  initialize_quantizers(network, text(5), kSequences);
  return network;
}

// The contract's gate for a layer, and its share of codes that differ.
void check_agreement(Network& network, const IntegerGraph& graph) {
  for (const LayerAgreement& layer : compare_with_network(network, graph, text(7), kSequences)) {
    INFO(layer.layer << ": " << layer.differing << " of " << layer.codes << " codes differ");
    CHECK(layer.largest_step <= 1);
    CHECK(layer.codes > 1000);
    CHECK(static_cast<double>(layer.differing) <= 2 + 0.001 * static_cast<double>(layer.codes));
  }
}

}  // namespace

TEST_CASE("language_models_agree_with_their_integers_layer_by_layer") {
  for (const RecurrentKind kind : {RecurrentKind::lstm, RecurrentKind::gru}) {
    for (const QuantMethod method : {QuantMethod::learned_scale_shift, QuantMethod::lsq}) {
      for (const int bits : {2, 4, 8}) {
        for (const double first_weights : {0.1, 2.0}) {
          Network network = language_model(kind, 2, policy_of(method, bits), first_weights);
          const IntegerGraph graph = lower(network);
          INFO(nibble::name(kind) << ", " << bits << " bits, weights up to " << first_weights);
          check_agreement(network, graph);
          IntegerState state;
          ComparedStates states;
          CHECK(compare(graph, nullptr, tokens_of(text(8), kSequences), states).differences == 0);
        }
      }
    }
  }
}

TEST_CASE("scores_of_rows_with_different_scales_are_rounded_to_one_of_16_bits") {
  Network network = language_model(RecurrentKind::lstm, 1, policy_of(QuantMethod::learned_scale_shift, 4));
  const IntegerGraph graph = lower(network);
  CHECK(graph.output().score_bits == 16);
  CHECK(graph.output().scale == 1.0 / 1024);
  // Fed with the codes of the integers, the linear layer's real scores are those of training.
  Array<std::uint8_t> codes;
  IntegerState state;
  const auto scores =
      run_reference(graph, tokens_of(text(9), kSequences), state, [&](int, const IntegerValue& v) {
        if (!v.codes.empty()) codes = v.codes;
      });
  const auto& linear = std::get<Linear>(network.nodes().back().layer);
  const Tensor weight = nibble::apply(*linear.weight_quantizer, linear.weight).value.value();
  const IntegerTensor& h = graph.tensors[graph.tensors.size() - 2];
  const long features = codes.shape()[1];
  for (long row = 0; row < 40; ++row) {
    for (long o = 0; o < kWords; ++o) {
      double exact = linear.bias.value()[o];
      for (long i = 0; i < features; ++i)
        exact += double{weight[o * features + i]} * (h.scale * codes[row * features + i] + h.shift);
      const double expected = std::floor(std::min(std::max(exact * 1024 + 0.5, -32768.0), 32767.0));
      CHECK(std::abs(scores[row * kWords + o] - expected) <= 1);  // weights are float in training
    }
  }
}

TEST_CASE("one_scale_for_all_rows_keeps_scores_as_accumulators") {
  Network network = language_model(RecurrentKind::gru, 1,
                                   policy_of(QuantMethod::learned_scale_shift, 4, Granularity::tensor));
  const IntegerGraph graph = lower(network);
  CHECK(graph.output().score_bits == 32);
  check_agreement(network, graph);
}

TEST_CASE("a_lowered_language_model_is_exact_in_c_and_passes_its_selftest") {
  for (const RecurrentKind kind : {RecurrentKind::lstm, RecurrentKind::gru}) {
    Network network = language_model(kind, 2, policy_of(QuantMethod::learned_scale_shift, 4));
    const IntegerGraph graph = lower(network, nibble::name(kind));
    const Scratch scratch;
    const TokenBatch batch = tokens_of(text(10), kSequences);
    emit_c(graph, scratch.path, {.name = nibble::name(kind), .text = {.tokens = batch.tokens.rows(0, 30)}});
    const CompiledModel compiled(graph, scratch.path);
    ComparedStates states;
    const Comparison comparison = compare(graph, &compiled, batch, states);
    INFO((comparison.first ? to_text(*comparison.first) : ""));
    CHECK(comparison.differences == 0);
    CHECK(shell(scratch.path, "make check") == 0);
  }
}

TEST_CASE("thresholds_give_trainings_code_of_every_h") {
  Rng rng(6);
  for (int trial = 0; trial < 40; ++trial) {
    const int bits = 2 + static_cast<int>(rng.below(7));
    AffineGrid grid;
    grid.grid = rng.below(2) ? Grid::signed_bits(bits) : Grid::unsigned_bits(bits);
    grid.scale = rng.uniform(0.2f, 2.5f) / static_cast<Real>(grid.grid.levels());
    grid.shift = rng.uniform(-1, 0.2f);
    IntegerRecurrent node;
    node.thresholds = hidden_thresholds(grid);
    for (int h = -32768; h <= 32767; ++h)
      REQUIRE(node.code(h) == grid.code(static_cast<Real>(h) / Real(32768)) - grid.grid.lo);
  }
}

TEST_CASE("recurrent_layers_without_an_integer_form_are_refused_by_node_and_reason") {
  Network real = language_model(
      RecurrentKind::lstm, 1,
      policy_of(QuantMethod::learned_scale_shift, 4, Granularity::channel, QuantScope::products));
  CHECK_THROWS_WITH(
      lower(real),
      "lower: node 'lstm1': its cell is computed in real numbers (quant.scope = products), expected "
      "quant.scope = all");
  const auto damaged = [](const std::function<void(Recurrent&)>& damage) {
    Network network = language_model(RecurrentKind::gru, 1, policy_of(QuantMethod::learned_scale_shift, 4));
    for (NetworkNode& node : network.nodes()) {
      if (auto* recurrent = std::get_if<Recurrent>(&node.layer)) damage(*recurrent);
    }
    return network;
  };
  CHECK_THROWS_WITH(lower(damaged([](Recurrent& r) { r.hidden_quantizer.reset(); })),
                    "lower: node 'gru1': its state is not quantized, expected a hidden quantizer");
  CHECK_THROWS_WITH(lower(damaged([](Recurrent& r) { r.recurrent_quantizer.reset(); })),
                    "lower: node 'gru1': its weights are not quantized, expected two weight quantizers");
}

TEST_CASE("an_embedding_that_nobody_quantized_is_refused") {
  Network network(Rng(1));
  const NodeRef tokens = network.add_input("tokens", {1});
  const NodeRef x = network.add("embedding", EmbeddingOptions{.vocabulary = 5, .features = 3}, {tokens});
  network.add("scores", LinearOptions{.out_features = 5}, {x});
  CHECK_THROWS_WITH(
      lower(network),
      "lower: node 'scores': its input 'embedding' is not on a grid, expected a quantizer in between");
}

}  // namespace nibble::edge::lower_text_test
