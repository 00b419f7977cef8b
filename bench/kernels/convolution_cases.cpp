#include "bench/kernels/convolution_cases.h"

#include "core/kernels/conv/depthwise_conv2d.h"

namespace nibble::bench {

bool ConvolutionCase::depthwise() const { return kernels::is_depthwise(x, w, geometry); }

std::vector<ConvolutionCase> convolution_cases(const NetShapes& net, long batch) {
  std::vector<ConvolutionCase> cases;
  Seen seen;
  for (const NetworkNode& node : net.real.nodes()) {
    const auto* conv = std::get_if<Conv2d>(&node.layer);
    if (!conv) continue;
    const Shape& in = net.real.shape(node.inputs[0]);
    ConvolutionCase c{
        net.name + "/" + node.name, {batch, in[0], in[1], in[2]}, conv->weight.shape(), {}, conv->geometry()};
    c.y = kernels::conv2d_output_shape(c.x, c.w, c.geometry, "bench");
    if (seen.first(str(c.x, c.w, c.geometry.stride, c.geometry.padding))) cases.push_back(std::move(c));
  }
  return cases;
}

}  // namespace nibble::bench
