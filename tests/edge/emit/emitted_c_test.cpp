// Emits random graphs, compiles them with the host's compiler and compares every layer with the reference,
// exactly.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/check.h"
#include "edge/check/compare.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"
#include "edge/emit/test_vectors.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/lower.h"
#include "edge/run/reference.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/lower/sample_network.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::emitted_c_test {
namespace {

namespace fs = std::filesystem;

}  // namespace

TEST_CASE("emitted_c_equals_the_reference_in_every_code_of_every_layer") {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const IntegerGraph graph = seed < 2 ? graph_of_every_op(seed) : random_graph(seed);
    const Scratch scratch;
    emit_c(graph, scratch.path, {.name = graph.name, .samples = {}});
    const CompiledModel compiled(graph, scratch.path);
    const Comparison comparison = compare(graph, &compiled, random_samples(graph, 70));
    INFO(graph.name << (comparison.first ? ": " + to_text(*comparison.first) : ""));
    CHECK(comparison.differences == 0);
    CHECK(comparison.samples == 70);
    const Array<std::int32_t> scores = compiled.run(random_samples(graph, 5)),
                              expected = run_reference(graph, random_samples(graph, 5));
    CHECK(std::equal(scores.begin(), scores.end(), expected.begin()));
  }
}

TEST_CASE("a_lowered_resnet_with_tables_is_exact_in_c_and_passes_its_selftest") {
  SampleNetwork sample({.kind = "resnet20", .activation = ActivationKind::swish}, {16, 16, 3}, 20);
  auto& [network, x] = sample;
  const IntegerGraph graph = lower(network, "resnet20");
  const Array<std::uint8_t> codes = encode_input(graph, x);
  const Scratch scratch;
  emit_c(graph, scratch.path, {.name = "resnet20", .samples = codes.rows(0, 2)});
  const CompiledModel compiled(graph, scratch.path);
  const Comparison comparison = compare(graph, &compiled, codes);
  INFO((comparison.first ? to_text(*comparison.first) : ""));
  CHECK(comparison.differences == 0);
  CHECK(shell(scratch.path, "make check") == 0);
}

TEST_CASE("a_graph_may_end_in_codes") {
  GraphBuilder b({5, 5, 3}, 255, 8);
  const int x = b.conv(0, {.out_channels = 4}, 15);
  b.flatten(b.table(x, 200));
  const IntegerGraph graph = b.finish();
  const Scratch scratch;
  emit_c(graph, scratch.path);
  const CompiledModel compiled(graph, scratch.path);
  CHECK(compare(graph, &compiled, random_samples(graph, 10)).differences == 0);
  CHECK(shell(scratch.path, "make check") == 0);
}

TEST_CASE("emitted_c_compiles_without_warnings_with_and_without_trace") {
  const Scratch scratch;
  emit_c(graph_of_every_op(1), scratch.path);
  check_warnings(scratch);
}

TEST_CASE("the_selftest_passes_and_fails_when_a_table_is_damaged") {
  const Scratch scratch;
  const IntegerGraph graph = graph_of_every_op(3);
  emit_c(graph, scratch.path, {.name = "every op", .samples = random_samples(graph, 3)});
  REQUIRE(shell(scratch.path, "make check CFLAGS='-O2 -Wall -Wextra -Wpedantic -Werror'") == 0);
  const std::string log = read(scratch.path / "log.txt");
  CHECK_THAT(log, Catch::Contains("PASS  conv2d/1  3 of 3 samples"));
  CHECK_THAT(log, Catch::Contains(" layers, 0 differ"));

  // One bias more, and the scores of every sample differ.
  std::string model = read(scratch.path / "model.c");
  const auto bias = model.find("_bias[10] = {\n") + std::string("_bias[10] = {\n").size();
  model.insert(bias, "    12345 + ");
  std::ofstream(scratch.path / "model.c") << model;
  CHECK(shell(scratch.path, "make check") != 0);
  CHECK_THAT(read(scratch.path / "log.txt"), Catch::Contains("FAIL  linear/") && Catch::Contains("1 differ"));
}

TEST_CASE("emitted_c_uses_no_float_no_allocation_and_one_header") {
  const Scratch scratch;
  emit_c(graph_of_every_op(1), scratch.path);
  check_freestanding(scratch);
}

TEST_CASE("only_kernels_in_use_are_written") {
  GraphBuilder b({6}, 15, 1);
  b.scores(0, 3, 4);
  const Scratch scratch;
  emit_c(b.finish(), scratch.path);
  CHECK(fs::exists(scratch.path / "nbl_linear_scores_a8w4.c"));
  CHECK_FALSE(fs::exists(scratch.path / "nbl_add_a8.c"));
  CHECK_FALSE(fs::exists(scratch.path / "nbl_conv2d_loops.h"));
  CHECK_THAT(read(scratch.path / "memory.txt"), Catch::Contains("linear/1"));
  CHECK(shell(scratch.path, "make check") == 0);
}

TEST_CASE("a_model_that_does_not_compile_is_reported_with_the_compilers_words") {
  const Scratch scratch;
  const IntegerGraph graph = graph_of_every_op(1);
  emit_c(graph, scratch.path);
  std::ofstream(scratch.path / "model.c") << "#error damaged\n";
  CHECK_THROWS_WITH(CompiledModel(graph, scratch.path),
                    Catch::Contains("cannot compile") && Catch::Contains("damaged"));
}

TEST_CASE("a_damaged_model_is_named_by_layer_image_index_and_codes") {
  const Scratch scratch;
  const IntegerGraph graph = graph_of_every_op(2);
  IntegerGraph damaged = graph;
  for (IntegerNode& node : damaged.nodes) {
    if (auto* table = std::get_if<IntegerTable>(&node.op)) {
      for (std::uint8_t& code : table->table) code = static_cast<std::uint8_t>(15 - code);
      break;
    }
  }
  emit_c(damaged, scratch.path);
  const CompiledModel compiled(graph, scratch.path);
  const Comparison comparison = compare(graph, &compiled, random_samples(graph, 2), 500);
  REQUIRE(comparison.first.has_value());
  const Difference& d = *comparison.first;
  CHECK(d.who == "emitted C");
  CHECK(d.layer == "table/6");
  CHECK(d.sample == 500);
  CHECK(d.index == 0);
  CHECK(d.found == 15 - d.expected);
  const auto& table = std::get<IntegerTable>(graph.nodes[5].op).table;
  CHECK(table[static_cast<std::size_t>(d.accumulator)] == d.expected);
}

}  // namespace nibble::edge::emitted_c_test
