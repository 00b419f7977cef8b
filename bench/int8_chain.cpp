#include "bench/int8_chain.h"

#include <algorithm>
#include <dnnl.hpp>
#include <memory>
#include <unordered_map>
#include <vector>

namespace nibble::bench {

namespace {

using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

class Chain {
 public:
  Chain(const edge::IntegerGraph& graph, long batch) : graph_(graph), batch_(batch) {
    for (const edge::IntegerNode& node : graph.nodes) {
      std::visit([&](const auto& op) { append(op, node); }, node.op);
    }
  }

  void run() {
    for (Step& step : steps_) step.primitive.execute(stream_, step.arguments);
    stream_.wait();
  }

 private:
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
  };

  const Shape& shape(int tensor) const { return graph_.tensors[static_cast<std::size_t>(tensor)].shape; }
  memory::desc image(const Shape& s) const { return {{batch_, s[2], s[0], s[1]}, Type::u8, Tag::nhwc}; }
  memory filled(const memory::desc& desc) {
    memory m(desc, engine_);
    std::fill_n(static_cast<char*>(m.get_data_handle()), desc.get_size(), char{1});
    return m;
  }

  void append(const edge::IntegerConv& conv, const edge::IntegerNode& node) {
    const Shape &x = shape(node.inputs[0]), &y = shape(node.output);
    const memory::dim groups = conv.groups;
    const memory::desc weight =
        groups == 1 ? memory::desc({y[2], x[2], conv.kernel.h, conv.kernel.w}, Type::s8, Tag::any)
                    : memory::desc({groups, y[2] / groups, x[2] / groups, conv.kernel.h, conv.kernel.w},
                                   Type::s8, Tag::any);
    const auto behind = [](long in, long out, int kernel, int stride, int padding) {
      return (out - 1) * stride + kernel - in - padding;
    };
    dnnl::primitive_attr attr;
    attr.set_output_scales(2, std::vector<float>(static_cast<std::size_t>(y[2]), 0.01F));
    const dnnl::convolution_forward::desc desc(
        dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, image(x), weight, image(y),
        {conv.stride.h, conv.stride.w}, {conv.padding.h, conv.padding.w},
        {behind(x[0], y[0], conv.kernel.h, conv.stride.h, conv.padding.h),
         behind(x[1], y[1], conv.kernel.w, conv.stride.w, conv.padding.w)});
    const dnnl::convolution_forward::primitive_desc pd(desc, attr, engine_);
    steps_.push_back({dnnl::convolution_forward(pd),
                      {{DNNL_ARG_SRC, filled(pd.src_desc())},
                       {DNNL_ARG_WEIGHTS, filled(pd.weights_desc())},
                       {DNNL_ARG_DST, filled(pd.dst_desc())}}});
  }

  void append(const edge::IntegerMaxPool& pool, const edge::IntegerNode& node) {
    const memory::dims padding{pool.padding.h, pool.padding.w};
    const dnnl::pooling_forward::desc desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::pooling_max,
                                           image(shape(node.inputs[0])), image(shape(node.output)),
                                           {pool.stride.h, pool.stride.w}, {pool.kernel.h, pool.kernel.w},
                                           padding, padding);
    const dnnl::pooling_forward::primitive_desc pd(desc, engine_);
    steps_.push_back({dnnl::pooling_forward(pd),
                      {{DNNL_ARG_SRC, filled(pd.src_desc())}, {DNNL_ARG_DST, filled(pd.dst_desc())}}});
  }

  void append(const edge::IntegerLinear&, const edge::IntegerNode& node) {
    const long in = shape(node.inputs[0])[0], out = shape(node.output)[0];
    const dnnl::inner_product_forward::desc desc(
        dnnl::prop_kind::forward_inference, {{batch_, in}, Type::u8, Tag::ab},
        {{out, in}, Type::s8, Tag::any}, {{batch_, out}, Type::s32, Tag::ab});
    const dnnl::inner_product_forward::primitive_desc pd(desc, engine_);
    steps_.push_back({dnnl::inner_product_forward(pd),
                      {{DNNL_ARG_SRC, filled(pd.src_desc())},
                       {DNNL_ARG_WEIGHTS, filled(pd.weights_desc())},
                       {DNNL_ARG_DST, filled(pd.dst_desc())}}});
  }

  template <typename Other>
  void append(const Other&, const edge::IntegerNode&) {}

  const edge::IntegerGraph& graph_;
  long batch_;
  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream_{engine_};
  std::vector<Step> steps_;
};

}  // namespace

std::function<void()> int8_chain(const edge::IntegerGraph& graph, long batch) {
  const auto chain = std::make_shared<Chain>(graph, batch);
  return [chain] { chain->run(); };
}

}  // namespace nibble::bench
