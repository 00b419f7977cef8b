#include "edge/evaluate.h"

#include <catch2/catch.hpp>

#include "core/parallel.h"
#include "edge/compare.h"
#include "edge/reference.h"
#include "edge/test_vectors.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge {

TEST_CASE("evaluate_equals_the_reference_in_every_code_of_every_layer") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const IntegerGraph graph = seed % 3 == 0 ? graph_of_every_op(seed) : random_graph(seed);
    const Comparison comparison = compare(graph, nullptr, random_samples(graph, 9));
    INFO(graph.name << (comparison.first ? ": " + to_text(*comparison.first) : ""));
    CHECK(comparison.images == 9);
    CHECK(comparison.differences == 0);
  }
}

TEST_CASE("sums_beyond_what_float_holds_exactly_are_exact") {
  GraphBuilder b({1200}, 255, 3);
  b.scores(0, 4, 8);
  const IntegerGraph graph = b.finish();  // Σ|w|·top is about 1200 · 64 · 255 > 2²⁴
  const Comparison comparison = compare(graph, nullptr, random_samples(graph, 5));
  CHECK(comparison.differences == 0);
}

TEST_CASE("scores_do_not_depend_on_the_number_of_threads") {
  const IntegerGraph graph = graph_of_every_op(6);
  const Array<std::uint8_t> x = random_samples(graph, 13);
  set_threads(1);
  const Array<std::int32_t> one = Evaluator(graph)(x), reference_one = run_reference(graph, x);
  set_threads(0);
  const Array<std::int32_t> all = Evaluator(graph)(x), reference_all = run_reference(graph, x);
  CHECK(std::equal(one.begin(), one.end(), all.begin()));
  CHECK(std::equal(one.begin(), one.end(), reference_one.begin()));
  CHECK(std::equal(one.begin(), one.end(), reference_all.begin()));
}

TEST_CASE("a_difference_is_told_with_layer_image_index_accumulator_and_codes") {
  const Difference difference{"evaluate", "fc", 3, 7, 812, 5, 6};
  CHECK(to_text(difference) ==
        "evaluate differs from the reference at layer 'fc', image 3, index 7: accumulator 812, expected 5, "
        "found 6");
}

}  // namespace nibble::edge
