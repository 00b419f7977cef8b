// While the network is walked, each node's output is one of five things: the image (or tokens) before its
// quantizer, codes of an integer tensor, a sum that no quantizer has rounded yet, a function of one code, or
// one of a token. Quantizers turn the last three into codes; layers that compute ask for codes.

#include "edge/lower/lower.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/check.h"
#include "edge/graph/stored_weight.h"
#include "edge/graph/verify.h"
#include "edge/lower/fuse_tables.h"
#include "edge/lower/lower_recurrent.h"
#include "edge/lower/real_sum.h"
#include "layers/embedding.h"
#include "layers/recurrent.h"

namespace nibble::edge {

namespace {

struct Image {};

// Codes of a tensor. The trained grid's codes lo ... hi were moved to 0 ... hi − lo.
struct Codes {
  int tensor = 0;
  LiveGrid grid;
  Tensor values;  // of each code, computed as in training

  double scale() const { return grid.affine().scale; }
  double shift() const { return moved_shift(grid.affine()); }  // of code 0
  int top() const { return grid.grid.hi - grid.grid.lo; }
  int border_code(Border border) const { return grid.border_code(border) - grid.grid.lo; }
};

// real = values[q], q: codes of a tensor.
struct Curve {
  int tensor = 0;
  Tensor values;
};

// real = values[token], a row for each.
struct Rows {
  Tensor values;  // [vocabulary, features]
};

using Value = std::variant<Image, Codes, RealSum, Curve, Rows>;

class Lowering {
 public:
  Lowering(const Network& network, const std::string& name) : network_(network) { graph_.name = name; }

  // What the node is about to become; every refusal names it.
  void at(const NetworkNode& node) { node_ = &node; }
  void keep(Value value) { values_.push_back(std::move(value)); }
  const Value& input(std::size_t i = 0) const {
    return values_[static_cast<std::size_t>(node_->inputs[i].index)];
  }
  const Shape& input_shape(std::size_t i = 0) const { return network_.shape(node_->inputs[i]); }

  std::string who() const { return str("lower: node '", node_->name, "'"); }

  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail(who(), ": ", parts...);
  }

  const Codes& codes(std::size_t i = 0) const {
    const auto* found = std::get_if<Codes>(&input(i));
    if (!found) {
      refuse("its input '", network_.node(node_->inputs[i]).name,
             "' is not on a grid, expected a quantizer in between");
    }
    return *found;
  }

  // ---- layers that compute
  // ------------------------------------------------------------------------------------------

  Value conv(const Conv2d& layer) const {
    const Codes& x = codes();
    IntegerConv conv;
    conv.kernel = layer.options.kernel;
    conv.stride = layer.options.stride;
    conv.padding = layer.options.padding;
    conv.dilation = layer.options.dilation;
    conv.groups = layer.options.groups;
    conv.border_code = x.border_code(layer.border);
    return weighted(std::move(conv), x, layer.weight, layer.weight_quantizer, layer.bias);
  }

  Value linear(const Linear& layer) const {
    return weighted(IntegerLinear{}, codes(), layer.weight, layer.weight_quantizer, layer.bias);
  }

  // x = s·q + β and w = s_w·code:   Σ w x + b = s_w·s · Σ code·q + (s_w·β·Σ code + b)
  template <typename Op>
  Value weighted(Op op, const Codes& x, const Var& weight, const std::optional<Quantizer>& quantizer,
                 const Var& bias) const {
    if (!quantizer) refuse("its weights are not quantized, expected a weight quantizer");
    StoredWeight w = stored_weight(*quantizer, weight.value(), who());
    op.weights = std::move(w.codes);
    op.weight_bits = w.bits;
    RealSum sum;
    for (std::size_t o = 0; o < w.scale.size(); ++o) {
      sum.gain.push_back(w.scale[o] * x.scale());
      sum.offset.push_back(w.scale[o] * x.shift() * w.total[o] +
                           (bias.empty() ? 0.0 : double{bias.value()[static_cast<long>(o)]}));
    }
    sum.ranges = accumulator_ranges(op.weights, weight.shape()[0], x.top());
    sum.inputs = {x.tensor};
    sum.op = std::move(op);
    return sum;
  }

  Value add() const {
    const Codes &a = codes(0), &b = codes(1);
    RealSum sum;
    sum.op = IntegerAdd{};
    sum.inputs = {a.tensor, b.tensor};
    sum.gain = {a.scale(), b.scale()};
    sum.offset = {a.shift() + b.shift()};
    return sum;
  }

  Value average(Size2 kernel, Size2 stride) const {
    const Codes& x = codes();
    RealSum sum;
    sum.op = IntegerAveragePool{kernel, stride, {}};
    sum.inputs = {x.tensor};
    sum.ranges = {{0, std::int64_t{kernel.h} * kernel.w * x.top()}};
    sum.gain = {x.scale() / (kernel.h * kernel.w)};
    sum.offset = {x.shift()};
    return sum;
  }

  // ---- text
  // ------------------------------------------------------------------------------------------------------

  // The layer itself computes every token's row, so they are those of training.
  Value embedding(const Embedding& layer) {
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

  Value recurrent(const Recurrent& layer) {
    const Codes& x = codes();
    IntegerRecurrent node = lower_recurrent(layer, {x.scale(), x.shift(), x.top()}, who());
    check_grid(*layer.hidden_quantizer);
    const Codes result = new_codes(*layer.hidden_quantizer);
    graph_.nodes.push_back({std::move(node), {x.tensor}, result.tensor});
    return result;
  }

  Codes embedded(const Rows& rows, const Quantizer& quantizer) {
    IntegerEmbedding embedding{.code_bits = affine(quantizer).grid.levels() <= 16 ? 4 : 8,
                               .table = codes_of(rows.values, quantizer)};
    const Codes result = new_codes(quantizer);
    graph_.nodes.push_back({std::move(embedding), {0}, result.tensor});
    return result;
  }

  // ---- what happens to a sum on its way to the quantizer
  // ------------------------------------------------------------

  Value batch_norm(const BatchNorm& layer) const {
    const auto* before = std::get_if<RealSum>(&input());
    if (!before || before->activated || before->is_add()) {
      refuse("a batch norm has an integer form only right behind a convolution, linear layer or mean");
    }
    RealSum sum = *before;
    const auto [gain, offset] = layer.affine();
    const bool one_for_all = sum.gain.size() == 1;
    std::vector<double> gains, offsets;
    for (std::size_t c = 0; c < gain.size(); ++c) {
      gains.push_back(gain[c] * sum.gain[one_for_all ? 0 : c]);
      offsets.push_back(gain[c] * sum.offset[one_for_all ? 0 : c] + offset[c]);
    }
    sum.gain = gains;
    sum.offset = offsets;
    return sum;
  }

  Value activation(const Activation& layer) const {
    if (const auto* before = std::get_if<RealSum>(&input())) return clamped(*before, layer);
    if (const auto* before = std::get_if<Curve>(&input()))
      return Curve{before->tensor, applied(layer, before->values)};
    if (const auto* before = std::get_if<Rows>(&input())) return Rows{applied(layer, before->values)};
    return Curve{codes().tensor, applied(layer, codes().values)};
  }

  Value clamped(RealSum sum, const Activation& layer) const {
    if (sum.activated) refuse("found two activations in a row, expected a quantizer in between");
    sum.activated = true;
    switch (layer.options.kind) {
      case ActivationKind::relu:
        sum.lower = 0;
        return sum;
      case ActivationKind::relu6:
        sum.lower = 0;
        sum.upper = 6;
        return sum;
      case ActivationKind::leaky_relu:
        sum.slope = layer.options.slope;
        return sum;
      case ActivationKind::sigmoid:
      case ActivationKind::tanh:
      case ActivationKind::swish:
      case ActivationKind::hard_swish:
      case ActivationKind::mish:
        break;
    }
    refuse("a ", nibble::name(layer.options.kind),
           " is a table of codes, expected a quantizer in front of it");
  }

  // The layer itself computes the table's values, so they are those of training.
  static Tensor applied(const Activation& layer, const Tensor& values) {
    const Signal input{Var(values), {}};
    return layer.forward({&input, 1}, Pass{}).value.value();
  }

  // ---- quantizers
  // -----------------------------------------------------------------------------------------------------

  void check_grid(const Quantizer& quantizer) const {
    const AffineGrid grid = affine(quantizer);
    const bool usable = std::isfinite(grid.scale) && grid.scale > 0 && std::isfinite(grid.shift);
    if (!usable)
      refuse("found scale ", grid.scale, " and shift ", grid.shift,
             ", expected a positive scale and a finite shift");
    if (grid.grid.levels() > 256) refuse("found ", grid.grid.levels(), " codes, expected at most 256");
  }

  Value quantize(const Quantizer& quantizer) {
    check_grid(quantizer);
    if (std::holds_alternative<Image>(input())) {
      if (!graph_.tensors.empty())
        refuse("the image is quantized a second time, expected one quantizer behind the input");
      return new_codes(quantizer);
    }
    if (const auto* rows = std::get_if<Rows>(&input())) return embedded(*rows, quantizer);
    if (const auto* sum = std::get_if<RealSum>(&input())) return rounded(*sum, quantizer);
    if (const auto* curve = std::get_if<Curve>(&input()))
      return tabulated(curve->tensor, curve->values, quantizer);
    return tabulated(codes().tensor, codes().values, quantizer);
  }

  Value rounded(const RealSum& sum, const Quantizer& quantizer) {
    std::vector<int> tops;
    for (const int tensor : sum.inputs) tops.push_back(graph_.tensors[static_cast<std::size_t>(tensor)].top);
    IntegerOp op = edge::rounded(sum, affine(quantizer), tops, who());
    const Codes result = new_codes(quantizer);
    graph_.nodes.push_back({std::move(op), sum.inputs, result.tensor});
    return result;
  }

  // By the functions of training.
  static std::vector<std::uint8_t> codes_of(const Tensor& values, const Quantizer& quantizer) {
    const AffineGrid grid = affine(quantizer);
    const Tensor quantized = nibble::apply(quantizer, Var(values)).value.value();
    std::vector<std::uint8_t> codes;
    for (const Real x : quantized) codes.push_back(static_cast<std::uint8_t>(grid.code(x) - grid.grid.lo));
    return codes;
  }

  Value tabulated(int tensor, const Tensor& values, const Quantizer& quantizer) {
    IntegerTable table{codes_of(values, quantizer)};
    const Codes result = new_codes(quantizer);
    graph_.nodes.push_back({std::move(table), {tensor}, result.tensor});
    return result;
  }

  Codes new_codes(const Quantizer& quantizer) {
    const AffineGrid grid = affine(quantizer);
    Tensor values = Tensor::uninitialized({grid.grid.levels()});
    for (int q = 0; q < grid.grid.levels(); ++q) values[q] = grid.value(q + grid.grid.lo);
    const Quantized quantized = nibble::apply(quantizer, Var(values));
    Codes codes{0, quantized.grid, quantized.value.value()};
    codes.tensor = new_tensor(codes);
    return codes;
  }

  int new_tensor(const Codes& codes) {
    graph_.tensors.push_back({.name = node_->name,
                              .shape = node_->shape,
                              .top = codes.top(),
                              .lowest = codes.grid.grid.lo,
                              .scale = codes.scale(),
                              .shift = codes.shift()});
    return static_cast<int>(graph_.tensors.size()) - 1;
  }

  // ---- layers that move codes
  // -----------------------------------------------------------------------------------------

  Value moved(IntegerOp op) {
    Codes result = codes();
    const int from = result.tensor;
    result.tensor = new_tensor(result);
    graph_.nodes.push_back({std::move(op), {from}, result.tensor});
    return result;
  }

  Value subsample(const Subsample& layer) {
    const int leading = static_cast<int>(layer.leading(input_shape()[2]));
    return moved(IntegerSubsample{layer.options.stride, leading, codes().border_code(layer.border)});
  }

  // ---- the end
  // ----------------------------------------------------------------------------------------------------------

  IntegerGraph finish() {
    const Value& last = values_.back();
    if (const auto* sum = std::get_if<RealSum>(&last)) {
      end_in_scores(*sum);
    } else if (const auto* codes = std::get_if<Codes>(&last)) {
      const bool computed = !graph_.nodes.empty() && graph_.nodes.back().output == codes->tensor;
      if (!computed) refuse("found the network's output before its end, expected the last computed tensor");
    } else {
      refuse("the network ends in real values, expected a linear layer or a quantizer");
    }
    fuse_tables(graph_);
    verify(graph_);
    return std::move(graph_);
  }

  void end_in_scores(const RealSum& sum) {
    Scores last = scores(sum, who());
    graph_.tensors.push_back({.name = node_->name,
                              .shape = node_->shape,
                              .scale = last.scale,
                              .scores = true,
                              .score_bits = last.bits});
    graph_.nodes.push_back({std::move(last.op), sum.inputs, static_cast<int>(graph_.tensors.size()) - 1});
  }

 private:
  const Network& network_;
  const NetworkNode* node_ = nullptr;
  std::vector<Value> values_;  // by network node
  IntegerGraph graph_;
};

Value lower_pool(Lowering& graph, const Pool& pool) {
  const PoolOptions& o = pool.options;
  if (o.kind == PoolKind::max) return graph.moved(IntegerMaxPool{o.kernel, o.stride, o.padding});
  if (o.padding != Size2{0, 0}) {
    graph.refuse("found an average pool with padding ", o.padding, ", expected none: its divisor would vary");
  }
  return graph.average(o.kernel, o.stride);
}

Size2 whole_image(const Shape& image) { return {static_cast<int>(image[0]), static_cast<int>(image[1])}; }

}  // namespace

IntegerGraph lower(const Network& network, const std::string& name) {
  check(!network.nodes().empty(), "lower: found an empty network, expected an input and layers");
  Lowering graph(network, name);
  for (const NetworkNode& node : network.nodes()) {
    graph.at(node);
    graph.keep(std::visit(
        overloaded{
            [&](const InputLayer&) -> Value { return Image{}; },
            [&](const Conv2d& conv) { return graph.conv(conv); },
            [&](const Linear& linear) { return graph.linear(linear); },
            [&](const BatchNorm& norm) { return graph.batch_norm(norm); },
            [&](const Activation& activation) { return graph.activation(activation); },
            [&](const Add&) { return graph.add(); },
            [&](const Pool& pool) { return lower_pool(graph, pool); },
            [&](const GlobalPool&) {
              return graph.average(whole_image(graph.input_shape()), {1, 1});
            },
            [&](const Upsample& upsample) { return graph.moved(IntegerUpsample{upsample.options.factor}); },
            [&](const Flatten&) { return graph.moved(IntegerReshape{}); },
            [&](const Subsample& subsample) { return graph.subsample(subsample); },
            [&](const Dropout&) { return graph.input(); },  // does nothing outside of training
            [&](const ActivationQuantizer& q) { return graph.quantize(q.quantizer); },
            [&](const Multiply&) -> Value {
              graph.refuse("a product of two signals has no integer form yet");
            },
            [&](const Concat&) -> Value { graph.refuse("a concatenation has no integer form yet"); },
            [&](const Slice&) -> Value { graph.refuse("a slice has no integer form yet"); },
            [&](const Embedding& embedding) { return graph.embedding(embedding); },
            [&](const Recurrent& recurrent) { return graph.recurrent(recurrent); },
        },
        node.layer));
  }
  return graph.finish();
}

}  // namespace nibble::edge
