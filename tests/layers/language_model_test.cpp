// Embedding and recurrent layers, alone and as a language model.
#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "layers/network/summary.h"
#include "tests/layers/support.h"
#include "tests/support/compare.h"

namespace nibble::language_model_test {
namespace {

constexpr int kWords = 17;
constexpr long kSequences = 3, kSteps = 8;

Tensor tokens(std::uint64_t seed = 1) {
  Tensor x = Tensor::uninitialized({kSteps * kSequences, 1});
  Rng rng(seed);
  for (Real& token : x) token = static_cast<Real>(rng.below(kWords));
  return x;
}

Network model(const char* kind, bool tied = false, double dropout = 0) {
  ModelOptions options;
  options.kind = kind;
  options.width = 12;
  options.layers = 2;
  options.tied = tied;
  options.dropout = dropout;
  options.first_weights = 0.5;
  return build_model(options, {1}, kWords, Rng(3));
}

Network quantized_model(const char* kind, QuantScope scope = QuantScope::all, double dropout = 0) {
  Network net = model(kind, false, dropout);
  QuantPolicy how = policy(QuantMethod::learned_scale_shift);
  how.first_and_last_bits = 4;
  how.scope = scope;
  quantize(net, how);
  initialize_quantizers(net, tokens(9), kSequences);
  return net;
}

Pass of_sequences(bool training = false, Rng* rng = nullptr) {
  Pass pass;
  pass.training = training;
  pass.rng = rng;
  pass.sequences = kSequences;
  return pass;
}

Tensor scores(Network& net, const Tensor& x, NetworkState& state, Pass pass = of_sequences()) {
  const NoGradient evaluation;
  return net.forward(x, pass, {}, &state).value();
}

const Recurrent& recurrent(const Network& net, const std::string& name) {
  for (const NetworkNode& node : net.nodes()) {
    if (node.name == name) return std::get<Recurrent>(node.layer);
  }
  fail("no node ", name);
}

}  // namespace

TEST_CASE("a_text_in_two_batches_is_the_text_in_one") {
  for (const char* kind : {"lstm", "gru"}) {
    for (const bool quantized : {false, true}) {
      Network net = quantized ? quantized_model(kind) : model(kind);
      const Tensor x = tokens();
      NetworkState whole, parts;
      const Tensor expected = scores(net, x, whole);
      const long half = kSteps / 2 * kSequences;
      const Tensor first = scores(net, x.rows(0, half).clone(), parts);
      const Tensor second = scores(net, x.rows(half, 2 * half).clone(), parts);
      check_close(kind, first, expected.rows(0, half).clone(), 1e-5);
      check_close(kind, second, expected.rows(half, 2 * half).clone(), 1e-5);
      REQUIRE(parts.size() == 2);
      for (const auto& [node, tensors] : parts) {
        INFO(node);
        CHECK(tensors.size() == (std::string(kind) == "lstm" ? 2 : 1));
        for (std::size_t i = 0; i < tensors.size(); ++i)
          check_close(node, tensors[i], whole.at(node)[i], 1e-5);
      }
    }
  }
}

TEST_CASE("a_language_model_without_sequences_is_refused") {
  Network net = model("lstm");
  CHECK_THROWS_WITH(
      net.forward(tokens(), {}),
      "node 'lstm1': lstm: found 24 rows and 0 sequences, expected whole steps of all sequences");
}

TEST_CASE("an_embedding_refuses_what_is_no_word_of_it") {
  Network net = model("lstm");
  NetworkState state;
  Tensor x = tokens();
  x[4] = kWords;
  CHECK_THROWS_WITH(net.forward(x, of_sequences(), {}, &state),
                    "node 'embedding': embedding: found token 17, expected a whole number from 0 to 16");
  x[4] = Real(0.5);
  CHECK_THROWS_WITH(net.forward(x, of_sequences(), {}, &state), Catch::Contains("found token 0.5"));
}

TEST_CASE("a_tied_weight_is_one_parameter_that_learns_from_both_of_its_uses") {
  Network tied = model("lstm", true), untied = model("lstm");
  const auto with = state(tied), without = state(untied);
  CHECK(with.count("embedding/weight") == 1);
  CHECK(with.count("scores/weight") == 0);
  CHECK(without.count("scores/weight") == 1);

  // With the same values in both places, the gradient is the sum.
  untied.parameters([&](const std::string& name, ParameterKind, Var& value) {
    value.mutable_value() = with.at(name == "scores/weight" ? "embedding/weight" : name).clone();
  });
  const auto gradients = [](Network& net) {
    NetworkState start;
    const Var y = net.forward(tokens(), of_sequences(), {}, &start);
    backward(y, random_tensor(y.shape(), 5));
    std::map<std::string, Tensor> found;
    net.parameters([&](const std::string& name, ParameterKind kind, Var& value) {
      if (kind != ParameterKind::statistic) found[name] = value.gradient().clone();
    });
    return found;
  };
  const auto both = gradients(tied), each = gradients(untied);
  Tensor sum = each.at("embedding/weight").clone();
  for (long i = 0; i < sum.size(); ++i) sum[i] += each.at("scores/weight")[i];
  check_close("tied", both.at("embedding/weight"), sum, 1e-5);
}

TEST_CASE("tie_refuses_what_does_not_fit") {
  Network net;
  const NodeRef input = net.add_input("x", {1});
  const NodeRef table = net.add("table", EmbeddingOptions{.vocabulary = 5, .features = 4}, {input});
  const NodeRef other = net.add("other", LinearOptions{.out_features = 6}, {table});
  CHECK_THROWS_WITH(net.tie(other, table),
                    "tie: found weights [6, 4] of 'other' and [5, 4] of 'table', expected equal shapes");
  CHECK_THROWS_WITH(net.tie(table, table), Catch::Contains("expected a linear layer and an embedding"));
}

TEST_CASE("a_quantized_language_model_has_a_scale_for_each_row_and_the_state_on_its_own_grid") {
  Network net = quantized_model("gru");
  std::map<std::string, long> scales;
  net.parameters([&](const std::string& name, ParameterKind kind, Var& value) {
    if (kind == ParameterKind::quantizer) scales[name] = value.value().size();
  });
  CHECK(scales.at("embedding/weight_quantizer/relative_scale") == kWords);
  CHECK(scales.at("gru1/input_quantizer/relative_scale") == 36);
  CHECK(scales.at("gru1/recurrent_quantizer/relative_scale") == 36);
  CHECK(scales.at("gru1/hidden_quantizer/relative_scale") == 1);
  CHECK(scales.at("scores/weight_quantizer/relative_scale") == kWords);
  for (const NetworkNode& node : net.nodes()) {  // nothing is inserted behind a recurrent layer
    CHECK(node.name.find("gru1/") == std::string::npos);
  }
  NetworkState start;
  net.forward(
      tokens(), of_sequences(),
      [](const NetworkNode& node, const Signal& output) {
        if (node.name != "gru1" && node.name != "gru2") return;
        REQUIRE(output.grid);
        CHECK(output.codes() != nullptr);
        const AffineGrid grid = output.grid->affine();
        for (const Real v : output.value.value()) REQUIRE(grid.value(grid.code(v)) == Approx(v).margin(1e-6));
      },
      &start);
}

TEST_CASE("cells_are_fixed_where_the_scope_is_all") {
  const Network all = quantized_model("lstm"), products = quantized_model("lstm", QuantScope::products);
  CHECK(recurrent(all, "lstm1").format().fixed);
  CHECK_FALSE(recurrent(products, "lstm1").format().fixed);
  // Twice the largest cell of the sample fits 16 bits.
  const int bits = recurrent(all, "lstm1").format().cell_fraction_bits;
  CHECK(bits >= 11);
  CHECK(bits <= 15);
}

TEST_CASE("a_language_model_on_codes_is_the_one_on_values") {
  for (const char* kind : {"lstm", "gru"}) {
    // In the fixed cell a last bit could become a step; the real one is compared.
    Network net = quantized_model(kind, QuantScope::products);
    NetworkState a, b;
    Pass plain = of_sequences();
    plain.plain = true;
    check_close(kind, scores(net, tokens(), a), scores(net, tokens(), b, plain), 1e-4);
  }
}

TEST_CASE("dropout_on_a_grid_stays_on_codes_and_keeps_the_mean") {
  Network net;
  NodeRef x = net.add_input("x", {50});
  x = net.add("quant", QuantizerOptions{.bits = 4, .is_signed = false, .learn_shift = true}, {x});
  net.add("dropout", DropoutOptions{.rate = 0.5}, {x});
  const Tensor sample = random_tensor({400, 50}, 1, -0.3F, 1);
  initialize_quantizers(net, sample);
  Rng rng(5);
  Signal before, after;
  net.forward(sample, {.training = true, .initialize = false, .rng = &rng},
              [&](const NetworkNode& node, const Signal& output) {
                (node.name == "quant" ? before : after) = output;
              });
  const AffineGrid grid = after.grid->affine();
  const int zero = before.grid->affine().zero_code();
  const Real towards = before.grid->affine().value(zero);
  double mean_before = 0, mean_after = 0;
  long dropped = 0;
  for (long i = 0; i < sample.size(); ++i) {
    const Real y = after.value.value()[i];
    REQUIRE(y == Approx(grid.value(after.codes()->codes[i] + grid.grid.lo)).margin(1e-6));
    if (after.codes()->codes[i] != before.codes()->codes[i]) {
      REQUIRE(after.codes()->codes[i] == zero);
      REQUIRE(y == Approx(towards).margin(1e-6));
    }
    dropped += after.codes()->codes[i] != before.codes()->codes[i];
    mean_before += static_cast<double>(before.value.value()[i]);
    mean_after += static_cast<double>(y);
  }
  CHECK(dropped > sample.size() / 3);
  CHECK(mean_after / mean_before == Approx(1).margin(0.03));
}

TEST_CASE("variational_dropout_drops_the_same_values_in_all_steps") {
  ModelOptions options;
  options.kind = "lstm";
  options.width = 40;
  options.dropout = 0.5;
  options.variational_dropout = true;
  Network net = build_model(options, {1}, kWords, Rng(3));
  Rng rng(1);
  NetworkState start;
  Tensor x = Tensor::uninitialized({kSteps * kSequences, 1});
  x.fill(3);  // the same word, so that the embedding is the same at every step
  net.forward(
      x, of_sequences(true, &rng),
      [](const NetworkNode& node, const Signal& output) {
        if (node.name != "embedding/dropout") return;
        const Tensor& y = output.value.value();
        const Tensor first = y.rows(0, kSequences).clone();
        for (long t = 1; t < kSteps; ++t)
          check_equal("step", y.rows(t * kSequences, (t + 1) * kSequences).clone(), first);
        CHECK(std::count(first.begin(), first.end(), Real(0)) > 20);
      },
      &start);
}

TEST_CASE("a_summary_counts_a_recurrent_layer_and_looks_an_embedding_up_for_nothing") {
  Network net = quantized_model("lstm");
  for (const NodeSummary& row : summarize(net)) {
    if (row.name == "embedding") {
      CHECK(row.macs == 0);
      CHECK(row.weight_bytes == kWords * 6);
    }
    if (row.name == "lstm1") {
      CHECK(row.kind == "lstm");
      CHECK(row.parameters == 2 * 48 * 12 + 48);
      CHECK(row.macs == 2 * 48 * 12);
      CHECK(row.weight_bits == 4);
      CHECK(row.activation_bits == 4);
    }
  }
}

TEST_CASE("training_steps_of_a_language_model_are_the_same_on_any_number_of_threads") {
  for (const QuantScope scope : {QuantScope::products, QuantScope::all}) {
    check_threads_agree("language model", [&] {
      Network net = quantized_model("lstm", scope, 0.3);
      Rng rng(2);
      NetworkState start;
      const Var y = net.forward(tokens(), of_sequences(true, &rng), {}, &start);
      backward(y, random_tensor(y.shape(), 5));
      std::vector<Tensor> found{y.value()};
      net.parameters([&](const std::string&, ParameterKind kind, Var& value) {
        if (kind != ParameterKind::statistic) found.push_back(value.gradient());
      });
      return found;
    });
  }
}

}  // namespace nibble::language_model_test
