#include "layers/network/summary.h"

#include <catch2/catch.hpp>

#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"

namespace nibble::summary_test {
namespace {

const NodeSummary& row(const std::vector<NodeSummary>& rows, const std::string& name) {
  for (const NodeSummary& r : rows) {
    if (r.name == name) return r;
  }
  throw Error("no row " + name);
}

}  // namespace

TEST_CASE("summary_counts_parameters_and_products_of_resnet20") {
  Network net = build_model({.kind = "resnet20"}, {32, 32, 3}, 10, Rng(1));
  const auto rows = summarize(net);
  long parameters = 0, macs = 0;
  for (const NodeSummary& r : rows) parameters += r.parameters, macs += r.macs;
  CHECK(parameters == 269722);
  CHECK(macs == 40551040);  // 40.55 M, the published count
  CHECK(row(rows, "conv1").macs == 32 * 32 * 16 * 27);
  CHECK(row(rows, "conv1").shape == Shape{32, 32, 16});
  CHECK(row(rows, "conv1").kind == "conv2d");
  CHECK(row(rows, "conv1").weight_bits == 32);
  CHECK(row(rows, "conv1").weight_bytes == 4 * 16 * 27);
  CHECK(row(rows, "act1").activation_bits == 32);
  CHECK(row(rows, "linear").parameters == 650);
}

TEST_CASE("summary_counts_bits_and_bytes_of_a_quantized_network") {
  Network net = build_model({.kind = "resnet20"}, {32, 32, 3}, 10, Rng(1));
  quantize(net, policy(QuantMethod::learned_scale_shift));
  const auto rows = summarize(net);
  long parameters = 0;
  for (const NodeSummary& r : rows) parameters += r.parameters;
  CHECK(parameters == 269722);  // quantizers do not count
  CHECK(row(rows, "conv1").weight_bits == 8);
  CHECK(row(rows, "conv1").weight_bytes == 16 * 27);
  CHECK(row(rows, "layer1/0/conv1").weight_bits == 4);
  CHECK(row(rows, "layer1/0/conv1").weight_bytes == 16 * 144 / 2);
  CHECK(row(rows, "act1/join").activation_bits == 8);
  CHECK(row(rows, "act1/quant").activation_bits == 4);
  CHECK(row(rows, "layer2/0/shortcut").activation_bits == 8);  // codes moved
  CHECK(row(rows, "layer1/0/conv1").activation_bits == 32);
}

TEST_CASE("summary_starts_each_packed_row_on_a_byte") {
  Network net;
  net.add("fc", LinearOptions{.out_features = 3}, {net.add_input("input", {5})});
  QuantPolicy all4 = policy(QuantMethod::learned_scale_shift);
  all4.first_and_last_bits = 4;
  quantize(net, all4);
  CHECK(row(summarize(net), "fc").weight_bytes == 3 * 3);
}

}  // namespace nibble::summary_test
