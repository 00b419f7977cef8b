// While the network is walked, each node's output is one of four things: the image before its quantizer,
// codes of an integer tensor, a sum that no quantizer has rounded yet, or a function of one code. Quantizers
// turn the last two into codes; layers that compute ask for codes.

#include "edge/lower.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "core/check.h"
#include "edge/fixed_point.h"
#include "edge/fuse_tables.h"
#include "edge/verify.h"

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

  static double moved_shift(const AffineGrid& g) { return double{g.shift} + double{g.scale} * g.grid.lo; }
};

// real = clamp(leaky(gain[c] · acc + offset[c])); of an addition gain is {of q₁, of q₂}.
struct Sum {
  IntegerOp op;  // its requantization is still empty
  std::vector<int> inputs;
  std::vector<AccumulatorRange> ranges;  // one per channel, or one
  std::vector<double> gain, offset;
  double slope = 1;  // of leaky relu
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  bool activated = false;

  bool is_add() const { return std::holds_alternative<IntegerAdd>(op); }
};

// real = values[q], q: codes of a tensor.
struct Curve {
  int tensor = 0;
  Tensor values;
};

using Value = std::variant<Image, Codes, Sum, Curve>;

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

  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    fail("lower: node '", node_->name, "': ", parts...);
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
    const WeightCodes w = weight_codes(*quantizer, weight.value());
    const auto [low, high] = std::minmax_element(w.codes.begin(), w.codes.end());
    if (*low < -128 || *high > 127) {
      refuse("found weight codes ", *low, " ... ", *high,
             ", expected -128 ... 127; give it fewer weight bits");
    }
    op.weights.assign(w.codes.begin(), w.codes.end());
    op.weight_bits = *low < -8 || *high > 7 ? 8 : 4;

    const auto outputs = static_cast<std::size_t>(weight.shape()[0]);
    const std::size_t row = w.codes.size() / outputs;
    Sum sum;
    for (std::size_t o = 0; o < outputs; ++o) {
      const double scale = w.scale[w.scale.size() == 1 ? 0 : o];
      const auto begin = w.codes.begin() + static_cast<std::ptrdiff_t>(o * row);
      const double total = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(row), 0.0);
      sum.gain.push_back(scale * x.scale());
      sum.offset.push_back(scale * x.shift() * total +
                           (bias.empty() ? 0.0 : double{bias.value()[static_cast<long>(o)]}));
    }
    sum.ranges = accumulator_ranges(op.weights, weight.shape()[0], x.top());
    sum.inputs = {x.tensor};
    sum.op = std::move(op);
    return sum;
  }

  Value add() const {
    const Codes &a = codes(0), &b = codes(1);
    Sum sum;
    sum.op = IntegerAdd{};
    sum.inputs = {a.tensor, b.tensor};
    sum.gain = {a.scale(), b.scale()};
    sum.offset = {a.shift() + b.shift()};
    return sum;
  }

  Value average(Size2 kernel, Size2 stride) const {
    const Codes& x = codes();
    Sum sum;
    sum.op = IntegerAveragePool{kernel, stride, {}};
    sum.inputs = {x.tensor};
    sum.ranges = {{0, std::int64_t{kernel.h} * kernel.w * x.top()}};
    sum.gain = {x.scale() / (kernel.h * kernel.w)};
    sum.offset = {x.shift()};
    return sum;
  }

  // ---- what happens to a sum on its way to the quantizer
  // ------------------------------------------------------------

  Value batch_norm(const BatchNorm& layer) const {
    const auto* before = std::get_if<Sum>(&input());
    if (!before || before->activated || before->is_add()) {
      refuse("a batch norm has an integer form only right behind a convolution, linear layer or mean");
    }
    Sum sum = *before;
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
    if (const auto* before = std::get_if<Sum>(&input())) return clamped(*before, layer);
    if (const auto* before = std::get_if<Curve>(&input()))
      return Curve{before->tensor, applied(layer, before->values)};
    return Curve{codes().tensor, applied(layer, codes().values)};
  }

  Value clamped(Sum sum, const Activation& layer) const {
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

  Value quantize(const Quantizer& quantizer) {
    const AffineGrid grid = affine(quantizer);
    const bool usable = std::isfinite(grid.scale) && grid.scale > 0 && std::isfinite(grid.shift);
    if (!usable)
      refuse("found scale ", grid.scale, " and shift ", grid.shift,
             ", expected a positive scale and a finite shift");
    if (grid.grid.levels() > 256) refuse("found ", grid.grid.levels(), " codes, expected at most 256");

    if (std::holds_alternative<Image>(input())) {
      if (!graph_.tensors.empty())
        refuse("the image is quantized a second time, expected one quantizer behind the input");
      return new_codes(quantizer);
    }
    if (const auto* sum = std::get_if<Sum>(&input())) return rounded(*sum, quantizer);
    if (const auto* curve = std::get_if<Curve>(&input()))
      return tabulated(curve->tensor, curve->values, quantizer);
    return tabulated(codes().tensor, codes().values, quantizer);
  }

  // code = ⌊(gain·acc + offset − β')/s' + ½⌋; relu is only the lower clamp
  Value rounded(const Sum& sum, const Quantizer& quantizer) {
    const AffineGrid grid = affine(quantizer);
    const double scale = grid.scale, shift = Codes::moved_shift(grid);
    const auto code = [&](double x) { return grid.code(static_cast<Real>(x)) - grid.grid.lo; };
    const int lo = std::isinf(sum.lower) ? 0 : code(sum.lower);
    const int hi = std::isinf(sum.upper) ? grid.grid.levels() - 1 : code(sum.upper);
    const std::string who = str("lower: node '", node_->name, "'");
    const bool leaky = sum.slope != 1;

    IntegerOp op = sum.op;
    if (auto* add = std::get_if<IntegerAdd>(&op)) {
      const auto line = [&](double slope) {
        return RealAddLine{slope * sum.gain[0] / scale, slope * sum.gain[1] / scale,
                           (slope * sum.offset[0] - shift) / scale + 0.5};
      };
      std::vector<RealAddLine> lines{line(1)};
      if (leaky) lines.push_back(line(sum.slope));
      const auto top = [&](int i) {
        return graph_.tensors[static_cast<std::size_t>(sum.inputs[static_cast<std::size_t>(i)])].top;
      };
      *add = fixed_point(lines, top(0), top(1), lo, hi, who);
    } else {
      const auto line = [&](double slope) {
        RealLine l;
        for (std::size_t c = 0; c < sum.gain.size(); ++c) {
          l.multiplier.push_back(slope * sum.gain[c] / scale);
          l.addend.push_back((slope * sum.offset[c] - shift) / scale + 0.5);
        }
        return l;
      };
      requantization(op) =
          fixed_point(line(1), leaky ? line(sum.slope) : RealLine{}, sum.ranges, lo, hi, who);
    }
    const Codes result = new_codes(quantizer);
    graph_.nodes.push_back({std::move(op), sum.inputs, result.tensor});
    return result;
  }

  Requantization& requantization(IntegerOp& op) const {
    if (auto* conv = std::get_if<IntegerConv>(&op)) return conv->requantization;
    if (auto* linear = std::get_if<IntegerLinear>(&op)) return linear->requantization;
    if (auto* pool = std::get_if<IntegerAveragePool>(&op)) return pool->requantization;
    refuse("found no sum to quantize");
  }

  Value tabulated(int tensor, const Tensor& values, const Quantizer& quantizer) {
    const AffineGrid grid = affine(quantizer);
    const Tensor quantized = nibble::apply(quantizer, Var(values)).value.value();
    IntegerTable table;
    for (const Real x : quantized)
      table.table.push_back(static_cast<std::uint8_t>(grid.code(x) - grid.grid.lo));
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
    if (const auto* sum = std::get_if<Sum>(&last)) {
      scores(*sum);
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

  // Accumulators with one positive gain compare as the real scores do.
  void scores(const Sum& sum) {
    auto op = sum.op;
    auto* linear = std::get_if<IntegerLinear>(&op);
    if (!linear || sum.activated)
      refuse("the network ends in real values, expected a linear layer or a quantizer");
    const double gain = sum.gain[0];
    for (const double other : sum.gain) {
      if (other != gain || gain <= 0) {
        refuse("its scores have different scales, such as ", gain, " and ", other,
               ", expected one positive scale, by which they compare");
      }
    }
    for (const double offset : sum.offset) {
      const double bias = std::floor(offset / gain + 0.5);
      if (!(std::abs(bias) < 2147483648.0))
        refuse("found a bias of ", bias, " accumulator steps, expected 32 bits to hold it");
      linear->bias.push_back(static_cast<std::int32_t>(bias));
    }
    IntegerTensor tensor;
    tensor.name = node_->name;
    tensor.shape = node_->shape;
    tensor.scale = gain;
    tensor.scores = true;
    graph_.tensors.push_back(tensor);
    graph_.nodes.push_back({std::move(op), sum.inputs, static_cast<int>(graph_.tensors.size()) - 1});
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
            [&](const Embedding&) -> Value { graph.refuse("an embedding has no integer form yet"); },
            [&](const Recurrent&) -> Value { graph.refuse("a recurrent layer has no integer form yet"); },
        },
        node.layer));
  }
  return graph.finish();
}

}  // namespace nibble::edge
