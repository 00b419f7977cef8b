#include "edge/graph/text.h"

#include <algorithm>

#include "core/check.h"
#include "edge/graph/node_view.h"

namespace nibble::edge {

using kernels::RecurrentKind;

TokenBatch tokens_of(const Tensor& x, long sequences) {
  TokenBatch batch{Array<std::int32_t>::uninitialized({x.size()}), sequences};
  std::transform(x.begin(), x.end(), batch.tokens.begin(),
                 [](Real token) { return static_cast<std::int32_t>(token); });
  return batch;
}

void start(IntegerState& state, const IntegerGraph& graph, const TokenBatch& batch, const char* who) {
  check_tokens(graph, batch, who);
  std::size_t number = 0;
  const bool begins = state.empty();
  for (const IntegerNode& node : graph.nodes) {
    const auto* recurrent = std::get_if<IntegerRecurrent>(&node.op);
    if (!recurrent) continue;
    const Shape shape{batch.sequences, recurrent->hidden()};
    const bool has_c = recurrent->kind == RecurrentKind::lstm;
    if (begins) {
      state.push_back(
          {Array<std::int16_t>(shape), has_c ? Array<std::int16_t>(shape) : Array<std::int16_t>{}});
    }
    const bool fits = number < state.size() && state[number].h.shape() == shape &&
                      (!has_c || state[number].c.shape() == shape);
    check(fits, who, ": node '", name(graph, node), "': found another state, expected one of ", shape,
          " (sequences, units), or none");
    ++number;
  }
  check(number == state.size(), who, ": found a state of ", state.size(), " recurrent nodes, expected ",
        number);
}

std::size_t recurrent_number(const IntegerGraph& graph, const IntegerNode& node) {
  std::size_t number = 0;
  for (const IntegerNode& other : graph.nodes) {
    if (other.output == node.output) break;
    number += std::holds_alternative<IntegerRecurrent>(other.op);
  }
  return number;
}

long taps_of(RecurrentKind kind) { return kind == RecurrentKind::lstm ? 6 : 5; }

const char* tap_name(RecurrentKind kind, long tap) {
  static constexpr const char* kLstm[] = {"i", "f", "g", "o", "c", "h"};
  static constexpr const char* kGru[] = {"r", "z", "n", "recurrent part of n", "h"};
  return kind == RecurrentKind::lstm ? kLstm[tap] : kGru[tap];
}

void check_tokens(const IntegerGraph& graph, const TokenBatch& batch, const char* who) {
  check(graph.reads_text(), who, ": found tokens for graph '", graph.name, "', expected codes of ",
        graph.input().shape);
  check(batch.sequences > 0 && batch.tokens.size() % batch.sequences == 0, who, ": found ",
        batch.tokens.size(), " tokens of ", batch.sequences, " sequences, expected as many of each");
  for (const std::int32_t token : batch.tokens) {
    check(0 <= token && token <= graph.input().top, who, ": found token ", token, ", expected 0 ... ",
          graph.input().top);
  }
}

}  // namespace nibble::edge
