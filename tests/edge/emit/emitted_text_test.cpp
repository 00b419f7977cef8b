// Emits random graphs that read text, compiles them and compares every gate, state, code and score, exactly.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "edge/check/compare.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"
#include "edge/emit/memory_report.h"
#include "edge/run/reference.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::emitted_text_test {
namespace {

namespace fs = std::filesystem;

TokenBatch random_text(const IntegerGraph& graph, long steps, long sequences) {
  return {random_tokens(graph, steps * sequences), sequences};
}

}  // namespace

TEST_CASE("emitted_c_equals_the_reference_in_every_gate_state_code_and_score") {
  for (std::uint64_t seed = 0; seed < 14; ++seed) {
    const IntegerGraph graph = random_text_graph(seed);
    const Scratch scratch;
    emit_c(graph, scratch.path, {.name = graph.name});
    const CompiledModel compiled(graph, scratch.path);
    ComparedStates states;
    Comparison comparison = compare(graph, &compiled, random_text(graph, 52, 3), states);
    accumulate(comparison, compare(graph, &compiled, random_text(graph, 9, 3), states, 52 * 3));  // and on
    INFO(graph.name << (comparison.first ? ": " + to_text(*comparison.first) : ""));
    CHECK(comparison.differences == 0);
    CHECK(comparison.samples == 61 * 3);
  }
}

// A kernel unpacks 4-bit weights into scratch behind the activations, which lie in the caller's state.
TEST_CASE("a_convolution_of_4_bit_weights_works_in_the_state_of_a_text") {
  for (const int bits : {4, 8}) {
    GraphBuilder b = GraphBuilder::text(9, 3);
    const int image = b.reshape(b.embedding(24, 4, 15), {2, 3, 4});
    const int wide = b.conv(image, {.out_channels = 5, .bits = bits}, 15);
    const int deep = b.conv(wide, {.out_channels = 5, .groups = 5, .bits = bits}, 15);
    const int h = b.recurrent(kernels::RecurrentKind::gru, b.flatten(deep), 7, 4, 15, 2);
    b.scores16(h, 9, 4);
    const IntegerGraph graph = b.finish();
    const Scratch scratch;
    emit_c(graph, scratch.path);
    const CompiledModel compiled(graph, scratch.path);
    ComparedStates states;
    const Comparison comparison = compare(graph, &compiled, random_text(graph, 20, 2), states);
    INFO(bits << " bits" << (comparison.first ? ": " + to_text(*comparison.first) : ""));
    CHECK(comparison.differences == 0);
    CHECK(shell(scratch.path, "make check CFLAGS='-O1 -Wall -Wextra -Wpedantic -Wconversion -Werror'") == 0);
  }
}

TEST_CASE("two_states_of_one_model_run_side_by_side_and_a_reset_one_starts_anew") {
  const IntegerGraph graph = random_text_graph(4);
  const Scratch scratch;
  emit_c(graph, scratch.path);
  const CompiledModel compiled(graph, scratch.path);
  const TokenBatch a = random_text(graph, 30, 1);
  TokenBatch b{a.tokens.clone(), 1};
  std::reverse(b.tokens.begin(), b.tokens.end());
  IntegerState reference_a, reference_b;
  const auto expected_a = run_reference(graph, a, reference_a),
             expected_b = run_reference(graph, b, reference_b);

  CompiledState state_a, state_b;
  const long row = graph.output().shape.count();
  for (long t = 0; t < 30; ++t) {  // step by step in turn
    const auto found_a = compiled.run(a.step(t), state_a), found_b = compiled.run(b.step(t), state_b);
    REQUIRE(std::equal(found_a.begin(), found_a.end(), expected_a.begin() + t * row));
    REQUIRE(std::equal(found_b.begin(), found_b.end(), expected_b.begin() + t * row));
  }
  state_a.clear();
  const auto again = compiled.run(a, state_a);
  CHECK(std::equal(again.begin(), again.end(), expected_a.begin()));
}

TEST_CASE("the_context_in_c_is_as_large_as_the_memory_report_says") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const IntegerGraph graph = random_text_graph(seed);
    const Scratch scratch;
    emit_c(graph, scratch.path);
    const MemoryReport report = memory_report(graph, plan_memory(graph));
    CHECK(CompiledModel(graph, scratch.path).context_bytes() == report.context_bytes());
  }
}

TEST_CASE("emitted_text_models_compile_without_warnings_with_and_without_trace") {
  for (const std::uint64_t seed : {1, 2, 6}) {
    const Scratch scratch;
    emit_c(random_text_graph(seed), scratch.path);
    check_warnings(scratch);
  }
}

TEST_CASE("emitted_text_models_never_overflow") {
  // Signed overflow and shifts that C leaves undefined stop the selftest.
  for (const std::uint64_t seed : {0, 3, 5, 9}) {
    const Scratch scratch;
    emit_c(random_text_graph(seed), scratch.path);
    CHECK(shell(scratch.path,
                "make check CFLAGS='-O1 -fsanitize=undefined,address -fno-sanitize-recover=all'") == 0);
  }
}

TEST_CASE("emitted_text_models_use_no_float_no_allocation_and_one_header") {
  const Scratch scratch;
  emit_c(random_text_graph(2), scratch.path);
  check_freestanding(scratch);
}

TEST_CASE("the_selftest_of_a_text_prints_it_in_words_and_fails_when_a_table_is_damaged") {
  GraphBuilder b = GraphBuilder::text(4, 7);
  b.scores16(b.recurrent(kernels::RecurrentKind::lstm, b.embedding(5, 4, 15), 6, 4, 15, 2), 4, 4);
  const IntegerGraph graph = b.finish();
  const Scratch scratch;
  emit_c(graph, scratch.path,
         {.name = "words",
          .text = {.tokens = {{3}, {2, 0, 1}}, .words = {"the", "\"N\"", "caf\xc3\xa9?", "<unk>"}}});
  REQUIRE(shell(scratch.path, "make check CFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror'") == 0);
  const std::string log = read(scratch.path / "log.txt");
  CHECK_THAT(log, Catch::Contains("PASS  embedding/1  3 of 3 steps"));
  CHECK_THAT(log, Catch::Contains("PASS  recurrent/2 (gates, state)  3 of 3 steps"));
  CHECK_THAT(log,
             Catch::Contains("PASS  linear/3  3 of 3 steps") && Catch::Contains("PASS: 4 layers, 0 differ"));
  CHECK_THAT(log, Catch::Contains("\ncaf\xc3\xa9? -> ") && Catch::Contains("\nthe -> ") &&
                      Catch::Contains("\n\"N\" -> "));
  CHECK_THAT(read(scratch.path / "model.h"), Catch::Contains("#define MODEL_SCORE_SCALE_BITS 10") &&
                                                 Catch::Contains("#define MODEL_VOCABULARY 4"));

  std::string model = read(scratch.path / "model.c");
  const std::string table = "_offset[24] = {\n";
  model.insert(model.find(table) + table.size(), "    1000000000000 + ");
  std::ofstream(scratch.path / "model.c") << model;
  CHECK(shell(scratch.path, "make check") != 0);
  CHECK_THAT(read(scratch.path / "log.txt"),
             Catch::Contains("PASS  embedding/1") && Catch::Contains("FAIL  recurrent/2 (gates, state)"));
}

TEST_CASE("the_selftest_of_a_text_prints_a_token_without_a_word_as_a_number_and_fails") {
  GraphBuilder b = GraphBuilder::text(4, 7);
  b.scores16(b.recurrent(kernels::RecurrentKind::lstm, b.embedding(5, 4, 15), 6, 4, 15, 2), 4, 4);
  const Scratch scratch;
  emit_c(b.finish(), scratch.path, {.text = {.tokens = {{3}, {2, 0, 1}}, .words = {"a", "b", "c", "d"}}});
  std::string vectors = read(scratch.path / "test_vectors.h");
  const std::string tokens = "2, 0, 1,";
  REQUIRE(vectors.find(tokens) != std::string::npos);
  vectors.replace(vectors.find(tokens), tokens.size(), "2, 70000, -1,");
  std::ofstream(scratch.path / "test_vectors.h") << vectors;
  CHECK(shell(scratch.path,
              "make check CFLAGS='-O1 -fsanitize=undefined,address -fno-sanitize-recover=all'") != 0);
  CHECK_THAT(read(scratch.path / "log.txt"), Catch::Contains("\n70000 -> ") && Catch::Contains("\n-1 -> ") &&
                                                 !Catch::Contains("runtime error"));
}

TEST_CASE("a_damaged_cell_is_named_by_layer_value_row_and_unit") {
  const IntegerGraph graph = [] {
    GraphBuilder b = GraphBuilder::text(4, 7);
    b.scores16(b.recurrent(kernels::RecurrentKind::gru, b.embedding(5, 4, 15), 6, 4, 15, 0.5), 4, 4);
    return b.finish();
  }();
  IntegerGraph damaged = graph;
  std::get<IntegerRecurrent>(damaged.nodes[1].op).gates.offset[6 + 2] = 0;  // z of unit 2
  const Scratch scratch;
  emit_c(damaged, scratch.path);
  const CompiledModel compiled(graph, scratch.path);
  ComparedStates states;
  const Comparison comparison = compare(graph, &compiled, random_text(graph, 3, 2), states, 100);
  REQUIRE(comparison.first.has_value());
  const Difference& d = *comparison.first;
  CHECK(d.who == "emitted C");
  CHECK(d.layer == "recurrent/2");
  CHECK(d.value == "z");
  CHECK(d.sample == 100);
  CHECK(d.index == 2);
}

// The contract of docs: a vocabulary of 10,000 on one LSTM of 300 leaves a 32 KiB device room.
TEST_CASE("a_language_model_of_300_units_and_10000_words_needs_less_than_32_KiB_of_ram") {
  for (const auto kind : {kernels::RecurrentKind::lstm, kernels::RecurrentKind::gru}) {
    GraphBuilder b = GraphBuilder::text(10000, 1);
    b.scores16(b.recurrent(kind, b.embedding(300, 4, 15), 300, 4, 15, 1), 10000, 4);
    const IntegerGraph graph = b.finish();
    const MemoryReport report = memory_report(graph, plan_memory(graph));
    const long rows = kernels::gates_of(kind) * 300;
    CHECK(report.weight_bytes == 10000 * 150 + 2 * rows * 150 + 10000 * 150);
    CHECK(report.state_bytes == 900);
    CHECK(report.arena_bytes == 600);
    CHECK(report.output_bytes == 20000);
    CHECK(report.ram_bytes() < 32 * 1024);
    CHECK(report.macs == 2 * rows * 300 + 10000 * 300);
    CHECK_THAT(to_text(report),
               Catch::Contains("RAM 21500 bytes: context 1500 (state 900, arena 600), outputs 20000"));
    if (kind == kernels::RecurrentKind::lstm) CHECK(report.constant_bytes() == 3501282 + 48 + 44);
  }
}

}  // namespace nibble::edge::emitted_text_test
