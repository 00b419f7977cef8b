#include "edge/lower/lower.h"

#include "edge/graph/verify.h"
#include "edge/lower/fuse_tables.h"
#include "edge/lower/lowering.h"

namespace nibble::edge {
namespace {

LoweredValue lower_pool(Lowering& graph, const Pool& pool) {
  const PoolOptions& o = pool.options;
  if (o.kind == PoolKind::max) return graph.moved(IntegerMaxPool{o.kernel, o.stride, o.padding, o.extra});
  if (o.padding != Size2{0, 0} || o.extra != Size2{0, 0}) {
    graph.refuse("found an average pool with padding ", o.padding, ", expected none: its divisor would vary");
  }
  return graph.average(o.kernel, o.stride);
}

LoweredValue lower_subsample(Lowering& graph, const Subsample& layer) {
  const int leading = static_cast<int>(layer.leading(graph.input_shape()[2]));
  return graph.moved(
      IntegerSubsample{layer.options.stride, leading, graph.codes().border_code(layer.border)});
}

LoweredValue lower_slice(Lowering& graph, const Slice& layer) {
  return graph.moved(
      IntegerSlice{static_cast<int>(layer.options.begin), static_cast<int>(layer.options.end)});
}

Size2 whole_image(const Shape& image) { return {static_cast<int>(image[0]), static_cast<int>(image[1])}; }

// The rule of each layer. The compiler names this place for a layer that has none.
LoweredValue lower_layer(Lowering& graph, const Layer& layer) {
  using Value = LoweredValue;
  return std::visit(
      overloaded{
          // clang-format off
          [&](const InputLayer&) -> Value { return Image{}; },
          [&](const Conv2d& conv) { return graph.conv(conv); },
          [&](const Linear& linear) { return graph.linear(linear); },
          [&](const BatchNorm& norm) { return graph.batch_norm(norm); },
          [&](const Activation& activation) { return graph.activation(activation); },
          [&](const Add&) { return graph.add(); },
          [&](const Pool& pool) { return lower_pool(graph, pool); },
          [&](const GlobalPool&) { return graph.average(whole_image(graph.input_shape()), {1, 1}); },
          [&](const Upsample& upsample) { return graph.moved(IntegerUpsample{upsample.options.factor}); },
          [&](const Flatten&) { return graph.moved(IntegerReshape{}); },
          [&](const Subsample& subsample) { return lower_subsample(graph, subsample); },
          [&](const Dropout&) { return graph.input(); },  // does nothing outside of training
          [&](const ActivationQuantizer& q) { return graph.quantize(q.quantizer); },
          [&](const Multiply&) { return graph.multiply(); },
          [&](const Concat&) { return graph.concat(); },
          [&](const Slice& slice) { return lower_slice(graph, slice); },
          [&](const Embedding& embedding) { return graph.embedding(embedding); },
          [&](const Recurrent& recurrent) { return graph.recurrent(recurrent); },
          // clang-format on
      },
      layer);
}

}  // namespace

int Lowering::score_tensor(const RealSum& sum) {
  Scores last = scores(sum, who());
  const int tensor = static_cast<int>(graph_.tensors.size());
  graph_.tensors.push_back({.name = node_->name,
                            .shape = node_->shape,
                            .scale = last.scale,
                            .scores = true,
                            .score_bits = last.bits});
  graph_.nodes.push_back({std::move(last.op), sum.inputs, tensor});
  return tensor;
}

int Lowering::output_tensor(NodeRef output) {
  at(network_.node(output));
  const LoweredValue& value = values_[static_cast<std::size_t>(output.index)];
  if (const auto* sum = std::get_if<RealSum>(&value)) return score_tensor(*sum);
  if (const auto* codes = std::get_if<Codes>(&value)) return codes->tensor;
  refuse("the network ends in real values, expected a linear layer or a quantizer");
}

IntegerGraph Lowering::finish() {
  for (const NodeRef output : network_.outputs()) graph_.outputs.push_back(output_tensor(output));
  fuse_tables(graph_);
  verify(graph_);
  return std::move(graph_);
}

IntegerGraph lower(const Network& network, const std::string& name) {
  check(!network.nodes().empty(), "lower: found an empty network, expected an input and layers");
  Lowering graph(network, name);
  for (const NetworkNode& node : network.nodes()) {
    graph.at(node);
    graph.keep(lower_layer(graph, node.layer));
  }
  return graph.finish();
}

}  // namespace nibble::edge
