// Integer inference beside oneDNN's int8 on the same layers, alternately in one process: fixed random images,
// random weights, W4A4 (first and last layer 8 bits). The peer is a chain of oneDNN's u8 x s8 -> u8
// convolutions with one scale per channel, its pool and its last product, with the library's own threads and
// layouts; additions and tables cost it nothing. Prints one line of JSON.
//
//   integer_inference [model] [batch] [threads] [rounds]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <dnnl.hpp>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/parallel.h"
#include "core/random.h"
#include "edge/encode_input.h"
#include "edge/evaluate.h"
#include "edge/lower.h"
#include "layers/models/models.h"
#include "layers/quantize.h"

namespace {

using namespace nibble;
using dnnl::memory;
using Type = memory::data_type;
using Tag = memory::format_tag;

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

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

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, const char* otherwise) {
    return std::string(argc > i ? argv[i] : otherwise);
  };
  const std::string model = argument(1, "resnet18");
  const long batch = std::stol(argument(2, "1"));
  set_threads(std::stoi(argument(3, "1")));
  const int rounds = std::stoi(argument(4, "15"));

  const bool cifar = model.find("resnet20") == 0 || model.find("resnet56") == 0;
  const Shape sample = cifar ? Shape{32, 32, 3} : Shape{224, 224, 3};
  Network network = build_model({.kind = model}, sample, cifar ? 10 : 1000, Rng(1));
  Rng rng(2);
  Tensor x = Tensor::uninitialized({std::max(batch, 8L), sample[0], sample[1], sample[2]});
  for (Real& v : x) v = rng.uniform(-2, 2);
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, x.rows(0, 8));

  const NoGradient inference;
  const edge::IntegerGraph graph = edge::lower(network, model);
  const Array<std::uint8_t> codes = edge::encode_input(graph, x.rows(0, batch));
  const edge::Evaluator evaluate(graph);
  Chain chain(graph, batch);
  const std::function<void()> ours = [&] { evaluate(codes); }, theirs = [&] { chain.run(); };
  for (int i = 0; i < 3; ++i) ours(), theirs();
  const int repeats = std::max(1, static_cast<int>(0.1 / seconds_of(ours)));  // about a tenth of a second
  const auto repeated = [&](const std::function<void()>& work) {
    return seconds_of([&] {
             for (int i = 0; i < repeats; ++i) work();
           }) /
           repeats;
  };
  std::vector<double> a, b, ratio;
  for (int i = 0; i < rounds; ++i) {
    a.push_back(repeated(ours));
    b.push_back(repeated(theirs));
    ratio.push_back(b.back() / a.back());
  }
  std::printf(
      "{\"engine\": \"nibble integer\", \"model\": \"%s\", \"batch\": %ld, \"threads\": %d, \"rounds\": %d, "
      "\"ms\": %.3f, \"peer\": \"oneDNN int8\", \"peer_ms\": %.3f, \"ratio\": %.3f}\n",
      model.c_str(), batch, threads(), rounds, 1000 * median(a), 1000 * median(b), median(ratio));
}
