// Layers that read texts.

#include <numeric>

#include "edge/lower/lower_recurrent.h"
#include "edge/lower/lowering.h"

namespace nibble::edge {

// The layer itself computes every token's row, so they are those of training.
LoweredValue Lowering::embedding(const Embedding& layer) {
  const int words = layer.options.vocabulary;
  const auto known = static_cast<int>(graph_.tensors.empty() ? 0 : graph_.input().top + 1);
  if (!std::holds_alternative<Image>(input()) || (known != 0 && (!graph_.reads_text() || known != words)))
    refuse("found an input that is no text of ", words, " words, expected tokens");
  if (known == 0) {
    IntegerTensor tokens;
    tokens.name = network_.node(node_->inputs[0]).name;
    tokens.shape = {1};
    tokens.top = words - 1;
    tokens.tokens = true;
    graph_.tensors.push_back(tokens);
  }
  Tensor all = Tensor::uninitialized({words, 1});
  std::iota(all.begin(), all.end(), Real(0));
  const Signal every_token{Var(all), {}};
  return Rows{layer.forward({&every_token, 1}, Pass{}).value.value()};
}

LoweredValue Lowering::recurrent(const Recurrent& layer) {
  const Codes& x = codes();
  IntegerRecurrent node = lower_recurrent(layer, {x.scale(), x.shift(), x.top()}, who());
  check_grid(*layer.hidden_quantizer);
  const Codes result = new_codes(*layer.hidden_quantizer);
  graph_.nodes.push_back({std::move(node), {x.tensor}, result.tensor});
  return result;
}

}  // namespace nibble::edge
