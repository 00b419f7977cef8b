#pragma once

#include <cstdint>
#include <vector>

#include "core/array.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// Tokens of several texts that are read side by side.
struct TokenBatch {
  Array<std::int32_t> tokens;  // [steps · sequences], time-major: row t · sequences + s
  long sequences = 1;

  long steps() const { return tokens.size() / sequences; }
  TokenBatch step(long t) const { return {tokens.rows(t * sequences, (t + 1) * sequences), sequences}; }
};

/// From training's batches: x: [steps · sequences, 1], tokens as real numbers, time-major
/// (datasets/text/text_batches.h).
TokenBatch tokens_of(const Tensor& x, long sequences);

/// What a recurrent node carries from one step to the next. An LSTM's h is known to the device by its codes
/// only.
struct RecurrentState {
  Array<std::int16_t> h;  // [sequences, hidden], Q0.15
  Array<std::int16_t> c;  // LSTM: [sequences, hidden]
};

/// Of all recurrent nodes, in their order. Empty stands for zero, where a text begins.
using IntegerState = std::vector<RecurrentState>;

/// Before a batch is read: makes an empty state one of zeros. Throws Error, opened by `who`, unless another
/// is of this graph and as many sequences, and check_tokens is content.
void start(IntegerState& state, const IntegerGraph& graph, const TokenBatch& batch, const char* who);

/// The number of a recurrent node among its kind: its place in an IntegerState.
std::size_t recurrent_number(const IntegerGraph& graph, const IntegerNode& node);

/// Values of a cell that IntegerValue::cell holds for each unit, and their names: "i", "f", ...
long taps_of(kernels::RecurrentKind kind);
const char* tap_name(kernels::RecurrentKind kind, long tap);

/// Throws Error, opened by `who`, unless the graph reads text, tokens are whole steps, and each is in its
/// range.
void check_tokens(const IntegerGraph& graph, const TokenBatch& batch, const char* who);

}  // namespace nibble::edge
