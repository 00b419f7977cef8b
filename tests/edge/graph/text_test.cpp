// Integer graphs that read text: what their steps mean, and that the fast evaluator computes the same.
#include <catch2/catch.hpp>
#include <cmath>
#include <utility>

#include "core/parallel.h"
#include "edge/check/compare.h"
#include "edge/emit/test_vectors.h"
#include "edge/run/evaluate.h"
#include "edge/run/reference.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::text_test {
namespace {

using kernels::RecurrentKind;

TokenBatch random_text(const IntegerGraph& graph, long steps, long sequences) {
  return {random_tokens(graph, steps * sequences), sequences};
}

template <typename T>
std::vector<std::int64_t> numbers(const Array<T>& values) {
  return {values.begin(), values.end()};
}

std::vector<std::int64_t> reference(const IntegerGraph& graph, const TokenBatch& batch) {
  IntegerState state;
  return numbers(run_reference(graph, batch, state));
}

// One unit, one feature: the token's code is the token, sums of gates are chosen by a test.
IntegerGraph one_unit(RecurrentKind kind, int cell_fraction_bits) {
  const auto rows = static_cast<std::size_t>(kernels::gates_of(kind));
  GraphBuilder b = GraphBuilder::text(2, 1);
  b.recurrent(kind, b.embedding(1, 8, 1), 1, 4, 3, 1);
  IntegerGraph graph = b.finish();
  std::get<IntegerEmbedding>(graph.nodes[0].op).table = {0, 1};
  auto& recurrent = std::get<IntegerRecurrent>(graph.nodes[1].op);
  recurrent.cell_fraction_bits = cell_fraction_bits;
  recurrent.input_weights.assign(rows, 0);
  recurrent.recurrent_weights.assign(rows, 0);
  recurrent.gates = {.input_mult = std::vector<std::int32_t>(rows, 1),
                     .recurrent_mult = std::vector<std::int32_t>(rows, 1),
                     .offset = std::vector<std::int64_t>(rows, 0),
                     .candidate_offset = std::vector<std::int64_t>(kind == RecurrentKind::gru ? 1 : 0, 0),
                     .shift = 0};
  recurrent.thresholds = {-8192, 0, 8192};
  return graph;
}

IntegerRecurrent& recurrent(IntegerGraph& graph) { return std::get<IntegerRecurrent>(graph.nodes[1].op); }

// Of the recurrent node, [steps, taps].
std::vector<std::int64_t> cells(const IntegerGraph& graph, const TokenBatch& batch, IntegerState& state) {
  std::vector<std::int64_t> cell;
  run_reference(graph, batch, state, [&](int, const IntegerValue& value) {
    if (!value.cell.empty()) cell = numbers(value.cell);
  });
  return cell;
}

}  // namespace

TEST_CASE("an_lstm_step_has_the_values_of_a_hand_computation") {
  IntegerGraph graph = one_unit(RecurrentKind::lstm, 11);
  // Sums beyond both ends of Q3.12 for i and o, 0 for f, 1 for g (of which σ is 1/2 and tanh 0.76159).
  recurrent(graph).gates.offset = {1000000, 0, 4096, 1000000};
  IntegerState state;
  const auto cell = cells(graph, {{{2}, {0, 1}}, 1}, state);
  const std::int64_t one = 32757;                             // σ(8) · 2¹⁵, rounded
  const std::int64_t g = 24956;                               // tanh(1) · 2¹⁵
  const std::int64_t c1 = (one * g + (1 << 18)) >> 19;        // Q4.11
  const std::int64_t c2 = ((16384 * c1 + 16384) >> 15) + c1;  // f c + the same again
  CHECK(cell[0] == one);
  CHECK(cell[1] == 16384);
  CHECK(cell[2] == g);
  CHECK(cell[4] == c1);
  CHECK(cell[6 + 4] == c2);
  CHECK(state[0].c[0] == c2);
  CHECK(state[0].h[0] == cell[6 + 5]);
  CHECK(std::abs(static_cast<double>(cell[5]) / 32768 - std::tanh(0.7613)) < 1e-3);
}

TEST_CASE("a_cell_that_grows_is_limited_to_16_bits") {
  IntegerGraph graph = one_unit(RecurrentKind::lstm, 13);
  for (const int sign : {1, -1}) {
    recurrent(graph).gates.offset = {1 << 20, 1 << 20, sign * (1 << 20), 1 << 20};
    IntegerState state;
    cells(graph, {random_tokens(graph, 60), 1}, state);
    CHECK(state[0].c[0] == (sign > 0 ? 32767 : -32768));
  }
}

TEST_CASE("a_gru_rounds_both_sums_of_its_candidate") {
  IntegerGraph graph = one_unit(RecurrentKind::gru, 0);
  GateLines& gates = recurrent(graph).gates;
  gates.shift = 1;
  gates.offset = {0, 0, 2 * 100 + 1};  // 100.5 before its floor
  gates.candidate_offset = {-2 * 2000 - 1};
  IntegerState state;
  const auto cell = cells(graph, {{{1}, {1}}, 1}, state);
  CHECK(cell[0] == 16384);
  CHECK(cell[3] == -2001);  // −2000.5
  CHECK(std::abs(cell[2] - std::lround(32768 * std::tanh((100 - 1000) / 4096.0))) <=
        2);  // r · −2001 is −1000
  CHECK(cell[4] == (16384 * cell[2] + 16384) >> 15);
}

TEST_CASE("codes_of_h_are_read_in_the_next_step") {
  IntegerGraph graph = one_unit(RecurrentKind::gru, 0);
  IntegerRecurrent& node = recurrent(graph);
  node.recurrent_weights = {0, 1, 0};
  node.gates.recurrent_mult = {0, 100, 0};
  node.gates.candidate_offset = {0};
  node.gates.offset = {0, 0, 1 << 20};
  IntegerState state;
  const auto cell = cells(graph, {{{2}, {0, 0}}, 1}, state);
  const auto sigmoid = [](double z) { return std::lround(32768 / (1 + std::exp(-z / 4096))); };
  CHECK(std::abs(cell[1] - sigmoid(2 * 100)) <= 1);      // before the first step h is 0, its code 2
  CHECK(std::abs(cell[5 + 1] - sigmoid(3 * 100)) <= 1);  // h has passed 8192
}

TEST_CASE("a_text_may_be_read_in_pieces") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const IntegerGraph graph = random_text_graph(seed);
    const TokenBatch batch = random_text(graph, 30, 3);
    const auto whole = reference(graph, batch);
    std::vector<std::int64_t> pieces, fast;
    IntegerState state, fast_state;
    const Evaluator evaluate(graph);
    for (const auto& [begin, end] : {std::pair{0L, 1L}, {1L, 17L}, {17L, 30L}}) {
      const TokenBatch piece{batch.tokens.rows(3 * begin, 3 * end), 3};
      for (const std::int64_t v : run_reference(graph, piece, state)) pieces.push_back(v);
      for (const std::int64_t v : evaluate(piece, fast_state)) fast.push_back(v);
    }
    CHECK(pieces == whole);
    CHECK(fast == whole);
  }
}

TEST_CASE("texts_side_by_side_do_not_see_each_other") {
  const IntegerGraph graph = random_text_graph(3);
  const long outputs = graph.output().shape.count();
  const TokenBatch batch = random_text(graph, 20, 4);
  const auto together = reference(graph, batch);
  for (long s = 0; s < 4; ++s) {
    TokenBatch alone{Array<std::int32_t>({20}), 1};
    for (long t = 0; t < 20; ++t) alone.tokens[t] = batch.tokens[4 * t + s];
    const auto scores = reference(graph, alone);
    for (long t = 0; t < 20; ++t) {
      for (long o = 0; o < outputs; ++o)
        REQUIRE(scores[static_cast<std::size_t>(t * outputs + o)] ==
                together[static_cast<std::size_t>((4 * t + s) * outputs + o)]);
    }
  }
}

TEST_CASE("evaluate_equals_the_reference_in_every_gate_state_code_and_score") {
  long saturated = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const IntegerGraph graph = random_text_graph(seed);
    const TokenBatch batch = random_text(graph, 55, 1 + static_cast<long>(seed % 5));
    ComparedStates states;
    const Comparison comparison = compare(graph, nullptr, batch, states);
    INFO(graph.name << (comparison.first ? ": " + to_text(*comparison.first) : ""));
    CHECK(comparison.samples == batch.tokens.size());
    CHECK(comparison.differences == 0);
    for (std::size_t i = 0; i < states.reference.size(); ++i) {
      CHECK(numbers(states.reference[i].h) == numbers(states.evaluate[i].h));
      CHECK(numbers(states.reference[i].c) == numbers(states.evaluate[i].c));
      for (const std::int64_t c : numbers(states.reference[i].c)) saturated += c == 32767 || c == -32768;
    }
  }
  CHECK(saturated > 50);  // or the graphs test nothing extreme
}

TEST_CASE("a_state_that_was_handed_in_is_not_changed_behind_other_handles") {
  const IntegerGraph graph = random_text_graph(5);
  IntegerState state;
  run_reference(graph, random_text(graph, 5, 2), state);
  const IntegerState kept = state;
  const auto before = numbers(kept[0].h);
  IntegerState fast = state;
  run_reference(graph, random_text(graph, 5, 2), state);
  Evaluator{graph}(random_text(graph, 5, 2), fast);
  CHECK(numbers(kept[0].h) == before);
}

TEST_CASE("scores_of_a_text_do_not_depend_on_the_number_of_threads") {
  const IntegerGraph graph = random_text_graph(8);
  const TokenBatch batch = random_text(graph, 20, 7);
  set_threads(1);
  IntegerState one;
  const auto expected = numbers(Evaluator{graph}(batch, one));
  set_threads(0);
  IntegerState all;
  CHECK(numbers(Evaluator{graph}(batch, all)) == expected);
  CHECK(reference(graph, batch) == expected);
}

TEST_CASE("texts_and_images_are_not_taken_for_each_other") {
  const IntegerGraph text = random_text_graph(1), image = graph_of_every_op(1);
  IntegerState state;
  CHECK_THROWS_WITH(run_reference(text, Array<std::uint8_t>({1, 1})), Catch::Contains("expected tokens"));
  CHECK_THROWS_WITH(run_reference(image, TokenBatch{Array<std::int32_t>({2}), 1}, state),
                    Catch::Contains("expected codes of [9, 7, 3]"));
  CHECK_THROWS_WITH(run_reference(text, TokenBatch{Array<std::int32_t>({5}), 2}, state),
                    "reference: found 5 tokens of 2 sequences, expected as many of each");
  TokenBatch unknown{Array<std::int32_t>({2}), 1};
  unknown.tokens[1] = text.input().top + 1;
  CHECK_THROWS_WITH(run_reference(text, unknown, state), Catch::Contains("found token"));
}

TEST_CASE("a_state_of_other_texts_is_refused") {
  const IntegerGraph graph = random_text_graph(1);
  IntegerState state;
  run_reference(graph, random_text(graph, 1, 2), state);
  CHECK_THROWS_WITH(run_reference(graph, random_text(graph, 1, 3), state),
                    Catch::Contains("found another state"));
  state.push_back(state[0]);
  CHECK_THROWS_WITH(run_reference(graph, random_text(graph, 1, 2), state),
                    Catch::Contains("recurrent nodes, expected"));
}

TEST_CASE("a_difference_inside_of_a_cell_is_told_by_its_name") {
  const Difference difference{"evaluate", "lstm", 3, 7, 812, 812, 813, "f", true};
  CHECK(to_text(difference) ==
        "evaluate differs from the reference at layer 'lstm', value 'f', row 3, index 7: accumulator 812, "
        "expected "
        "812, found 813");
}

}  // namespace nibble::edge::text_test
