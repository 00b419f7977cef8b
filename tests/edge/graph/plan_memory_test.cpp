#include "edge/graph/plan_memory.h"

#include <catch2/catch.hpp>

#include "core/random.h"
#include "edge/emit/memory_report.h"
#include "edge/graph/kernel_name.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::plan_memory_test {

TEST_CASE("buffers_that_live_together_never_overlap_and_need_at_most_their_sum") {
  Rng rng(5);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<Buffer> buffers;
    long sum = 0;
    for (std::uint64_t i = 0, n = 1 + rng.below(30); i < n; ++i) {
      const long first = static_cast<long>(rng.below(20));
      buffers.push_back(
          {static_cast<long>(rng.below(100)), first, first + static_cast<long>(rng.below(6)), 0});
      sum += buffers.back().bytes;
    }
    const long arena = place(buffers);
    CHECK(arena <= sum);
    for (const Buffer& a : buffers) {
      CHECK(a.offset >= 0);
      CHECK(a.offset + a.bytes <= arena);
      for (const Buffer& b : buffers) {
        if (&a == &b || a.bytes == 0 || b.bytes == 0) continue;
        const bool together = a.first <= b.last && b.first <= a.last;
        const bool apart = a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset;
        CHECK((!together || apart));
      }
    }
  }
}

TEST_CASE("a_chain_needs_only_its_two_largest_neighbours") {
  std::vector<Buffer> chain{{10, 0, 1, 0}, {20, 1, 2, 0}, {30, 2, 3, 0}, {5, 3, 4, 0}};
  CHECK(place(chain) == 50);
}

// Runs the plan as bytes: no node may write over a tensor that somebody reads later.
TEST_CASE("no_node_overwrites_what_is_still_needed") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const IntegerGraph graph = seed % 4 == 0   ? graph_of_every_op(seed)
                               : seed % 4 == 1 ? random_graph_of_outputs(seed)
                                               : random_graph(seed);
    const MemoryPlan plan = plan_memory(graph);
    std::vector<int> owner(static_cast<std::size_t>(plan.arena_bytes()),
                           -1);                    // tensor whose code each byte holds
    std::vector<int> holds(graph.tensors.size());  // a reshaped tensor is its original
    long sum = 0;
    for (const IntegerNode& node : graph.nodes) {
      for (const int input : node.inputs) {
        const TensorPlace& place = plan.tensors[static_cast<std::size_t>(input)];
        if (place.place != Place::arena) continue;
        for (long i = 0; i < graph.tensors[static_cast<std::size_t>(input)].shape.count(); ++i) {
          REQUIRE(owner[static_cast<std::size_t>(place.offset + i)] ==
                  holds[static_cast<std::size_t>(input)]);
        }
      }
      const bool reshape = std::holds_alternative<IntegerReshape>(node.op);
      const auto output = static_cast<std::size_t>(node.output);
      holds[output] = reshape ? holds[static_cast<std::size_t>(node.inputs[0])] : node.output;
      const TensorPlace& place = plan.tensors[output];
      if (place.place != Place::arena) continue;
      const long bytes = graph.tensors[output].shape.count();
      REQUIRE(place.offset + bytes <= plan.activation_bytes);
      for (long i = 0; i < bytes; ++i) owner[static_cast<std::size_t>(place.offset + i)] = holds[output];
      sum += bytes;
    }
    CHECK(plan.activation_bytes <= sum);
    CHECK(plan.tensors.front().place == Place::input);
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
      const TensorPlace& place = plan.tensors[static_cast<std::size_t>(graph.outputs[i])];
      CHECK((place.place == Place::output && place.output == i));
    }
  }
}

TEST_CASE("a_table_writes_over_its_input_if_nobody_else_reads_it") {
  GraphBuilder b({4, 4, 2}, 15, 1);
  const int c = b.conv(0, {.out_channels = 2}, 255), t = b.table(c, 15), u = b.add(t, c, 15);
  const int v = b.table(u, 15);
  b.scores(b.flatten(v), 3, 8);
  const MemoryPlan plan = plan_memory(b.finish());
  const auto offset = [&](int tensor) { return plan.tensors[static_cast<std::size_t>(tensor)].offset; };
  CHECK(offset(t) != offset(c));  // c is read again
  CHECK((offset(u) == offset(t) || offset(u) == offset(c)));
  CHECK(offset(v) == offset(u));
  CHECK(plan.activation_bytes == 64);
  CHECK(plan.scratch_bytes == 3 * 3 * 2);
}

// An output that lay in the arena could be written over; one that shares its bytes would be written twice.
TEST_CASE("every_output_has_bytes_of_its_own_that_nothing_else_is_written_to") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const IntegerGraph graph = random_graph_of_outputs(seed);
    const MemoryPlan plan = plan_memory(graph);
    std::vector<long> writers(graph.outputs.size());
    for (const IntegerNode& node : graph.nodes) {
      const TensorPlace& place = plan.tensors[static_cast<std::size_t>(node.output)];
      const bool moves = std::holds_alternative<IntegerReshape>(node.op);
      if (place.place == Place::output && !moves) ++writers[place.output];
    }
    for (const long count : writers) CHECK(count == 1);
  }
}

TEST_CASE("bytes_of_a_tensor_follow_from_its_storage_bits") {
  IntegerTensor tensor{.name = "x", .shape = {3, 3, 5}};
  CHECK(bytes_of(tensor) == 45);
  tensor.storage_bits = 4;
  CHECK(bytes_of(tensor) == 23);
  tensor.scores = true;
  CHECK(bytes_of(tensor) == 4 * 45);
  tensor.score_bits = 16;
  CHECK(bytes_of(tensor) == 2 * 45);
}

TEST_CASE("one_function_names_a_kernel_by_its_op_and_how_its_codes_are_stored") {
  CHECK(kernel_name("conv2d", {.weight = 4}) == "nbl_conv2d_a8w4");
  CHECK(kernel_name("add", {}) == "nbl_add_a8");
  CHECK(kernel_name("conv2d", {.input = 4, .weight = 8, .output = 4}) == "nbl_conv2d_a4w8");
  CHECK(kernel_name("conv2d", {.input = 8, .weight = 4, .output = 4}) == "nbl_conv2d_a8w4o4");
}

TEST_CASE("the_memory_report_counts_bytes_and_multiplications") {
  GraphBuilder b({4, 4, 3}, 15, 1);
  const int c = b.conv(0, {.out_channels = 5}, 255);
  b.scores(b.flatten(c), 3, 8);
  const IntegerGraph graph = b.finish();
  const MemoryReport report = memory_report(graph, plan_memory(graph));
  CHECK(report.nodes[0].weight_bytes == 5 * 14);  // 27 codes a row
  CHECK(report.nodes[0].table_bytes == 5 * 12);
  CHECK(report.nodes[0].macs == 16 * 5 * 27);
  CHECK(report.nodes[0].kernel == "nbl_conv2d_a8w4");
  CHECK(report.nodes[1].kernel.empty());
  CHECK(kernels_of(graph, report) == std::vector<std::string>{"nbl_conv2d_a8w4", "nbl_linear_scores_a8w8"});
  CHECK(report.weight_bytes == 5 * 14 + 80 * 3);
  CHECK(report.table_bytes == 5 * 12 + 3 * 4);
  CHECK(report.macs == 16 * 5 * 27 + 240);
  CHECK(report.arena_bytes == 80 + 27);
  CHECK(report.struct_bytes == 100 + 16);
  CHECK_THAT(to_text(report),
             Catch::Contains("RAM 168 bytes: context 108 (arena 107), input 48, outputs 12"));
}

}  // namespace nibble::edge::plan_memory_test
