#include <limits>

#include "core/check.h"
#include "edge/emit/c_text.h"
#include "edge/emit/c_writer.h"
#include "edge/emit/pack.h"
#include "edge/graph/op_rule.h"

namespace nibble::edge {
namespace {

Shape output_shape(const IntegerEmbedding& embedding, const NodeView& node) {
  const auto codes = static_cast<long>(embedding.table.size());
  const long rows = long{node.graph.input().top} + 1, features = codes / rows;
  check(features > 0 && features * rows == codes, node.who, ": found ", codes, " codes for ", rows,
        " tokens, expected as many for each");
  return {features};
}

void check_ranges(const IntegerEmbedding& embedding, const NodeView& node) {
  const int bits = embedding.code_bits;
  check(bits == 4 || bits == 8, node.who, ": found codes stored in ", bits, " bits, expected 4 or 8");
  check(embedding.table.size() <= std::size_t{std::numeric_limits<std::int32_t>::max()}, node.who, ": found ",
        embedding.table.size(), " codes, expected 32 bits to count them");
  const int top = std::min(node.out().top, (1 << bits) - 1);
  for (const int code : embedding.table) {
    check(code <= top, node.who, ": found code ", code, ", expected 0 ... ", top);
  }
}

DeviceCost cost(const IntegerEmbedding& embedding, const NodeView& node) {
  const long rows = static_cast<long>(embedding.table.size()) / node.out().shape[0];
  return {.weight_bits = embedding.code_bits,
          .weight_bytes = bytes_of_weights(embedding.table.size(), rows, embedding.code_bits)};
}

IntegerValue run(const IntegerEmbedding& embedding, const NodeView& node,
                 const std::vector<IntegerValue>& inputs) {
  const Array<std::int32_t>& tokens = inputs.front().tokens;
  check(!tokens.empty(), node.who, ": found codes, expected tokens");
  const long features = node.out().shape[0];
  IntegerValue y;
  y.codes = Array<std::uint8_t>::uninitialized({tokens.size(), features});
  for (long n = 0; n < tokens.size(); ++n) {
    const auto row = embedding.table.begin() + tokens[n] * features;
    std::copy(row, row + features, y.codes.data() + n * features);
  }
  return y;
}

std::int64_t accumulator(const IntegerEmbedding& embedding, const NodeView& node,
                         const std::vector<IntegerValue>& inputs, long index) {
  return embedding.table[static_cast<std::size_t>(inputs[0].tokens[0] * node.out().shape[0] + index)];
}

// Named after the codes that it reads, which lie in its table.
std::string kernel(const IntegerEmbedding& embedding, const NodeView&) {
  return kernel_name("embedding", {.input = embedding.code_bits, .output = embedding.code_bits});
}

void emit(const IntegerEmbedding& embedding, CWriter& c) {
  const bool packed = embedding.code_bits == 4;
  const long rows = long{c.in().top} + 1;
  c.tables << c_table("uint8_t", c.id + "_table",
                      packed ? pack_codes(embedding.table, rows) : embedding.table);
  c.call(c.id + "_table", c.out().shape[0], "token", c.y());
}

}  // namespace

const OpRule<IntegerEmbedding> IntegerEmbedding::rule{.traits = {.kind = "embedding", .reads_tokens = true},
                                                      .output_shape = output_shape,
                                                      .check_ranges = check_ranges,
                                                      .cost = cost,
                                                      .run = run,
                                                      .accumulator = accumulator,
                                                      .kernel = kernel,
                                                      .emit = emit};

}  // namespace nibble::edge
