#include "edge/run/evaluate.h"

#include <catch2/catch.hpp>
#include <type_traits>

#include "core/parallel.h"
#include "edge/check/compare.h"
#include "edge/emit/test_vectors.h"
#include "edge/run/reference.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::evaluate_test {

TEST_CASE("evaluate_equals_the_reference_in_every_code_of_every_layer") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const IntegerGraph graph = seed % 3 == 0   ? graph_of_every_op(seed)
                               : seed % 3 == 1 ? random_graph_of_outputs(seed)
                                               : random_graph(seed);
    const Comparison comparison = compare(graph, nullptr, random_samples(graph, 9));
    INFO(graph.name << (comparison.first ? ": " + to_text(*comparison.first) : ""));
    CHECK(comparison.samples == 9);
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

TEST_CASE("scores_do_not_depend_on_the_number_of_threads_or_of_images") {
  const IntegerGraph graph = graph_of_every_op(6);
  const Evaluator evaluate(graph);
  for (const long images : {0L, 1L, 2L, 3L, 7L, 13L}) {
    const Array<std::uint8_t> x = random_samples(graph, images);
    set_threads(1);
    const Array<std::int32_t> expected = run_reference(graph, x);
    for (const int n : {1, 2, 3, 4, 8, 0}) {
      set_threads(n);
      const Array<std::int32_t> scores = evaluate(x), reference = run_reference(graph, x);
      INFO(images << " images, " << n << " threads");
      CHECK(scores.shape() == expected.shape());
      CHECK(std::equal(expected.begin(), expected.end(), scores.begin()));
      CHECK(std::equal(expected.begin(), expected.end(), reference.begin()));
    }
  }
  set_threads(0);
}

TEST_CASE("images_too_large_for_the_cache_go_through_the_layers_a_few_at_a_time") {
  GraphBuilder b({200, 200, 3}, 15, 5);
  const GraphBuilder::ConvOptions first{.out_channels = 24, .kernel = {1, 1}, .padding = {0, 0}},
      second{.out_channels = 32, .kernel = {1, 1}, .padding = {0, 0}};
  const int wide = b.conv(b.conv(0, first, 15), second, 15);  // 2.2 MB between them
  b.scores(b.average_pool(wide, {200, 200}, {1, 1}, 255, true), 3, 8);
  const IntegerGraph graph = b.finish();
  const Array<std::uint8_t> x = random_samples(graph, 5);
  const Array<std::int32_t> expected = run_reference(graph, x);
  for (const int n : {1, 2, 3}) {
    set_threads(n);
    const Array<std::int32_t> scores = Evaluator(graph)(x);
    CHECK(scores.shape() == expected.shape());
    CHECK(std::equal(expected.begin(), expected.end(), scores.begin()));
  }
  set_threads(0);
}

TEST_CASE("an_evaluator_cannot_be_made_on_a_graph_that_is_gone_before_it_is_used") {
  CHECK_FALSE((std::is_constructible_v<Evaluator, IntegerGraph>));
  CHECK_FALSE((std::is_constructible_v<Evaluator, const IntegerGraph>));
  CHECK((std::is_constructible_v<Evaluator, const IntegerGraph&>));
  CHECK((std::is_constructible_v<Evaluator, IntegerGraph&>));
}

TEST_CASE("a_difference_is_told_with_layer_image_index_accumulator_and_codes") {
  const Difference difference{"evaluate", "fc", 3, 7, 812, 5, 6};
  CHECK(to_text(difference) ==
        "evaluate differs from the reference at layer 'fc', image 3, index 7: accumulator 812, expected 5, "
        "found 6");
}

}  // namespace nibble::edge::evaluate_test
