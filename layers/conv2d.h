#pragma once

#include <optional>
#include <span>

#include "core/kernels/conv/conv2d.h"
#include "core/random.h"
#include "layers/signal.h"
#include "layers/weights.h"
#include "quant/quantizer.h"

namespace nibble {

struct Conv2dOptions {
  int out_channels = 0;
  Size2 kernel{3, 3}, stride{1, 1}, padding{1, 1}, dilation{1, 1};
  int groups = 1;  // = input channels for a depthwise convolution
  bool bias = false;
  Size2 extra{0, 0};  // more padding at the end only
};

/// 2-d convolution; see core/kernels/conv/conv2d.h for shapes.
struct Conv2d {
  using Options = Conv2dOptions;
  Conv2dOptions options;
  Var weight;                                 // [O, KH, KW, C/groups]
  Var bias;                                   // [O], or empty
  std::optional<Quantizer> weight_quantizer;  // set by quantize()
  Border border = Border::nearest_zero;       // what the border reads as, if the input lies on a grid

  /// Weights from N(0, 2 / fan-in) (He et al. 2015, fan-in mode), bias 0.
  Conv2d(const Conv2dOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;  // shapes without the batch, here and below
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn& visit);
  static const char* kind() { return "conv2d"; }
  std::vector<Weights> weights() { return {{weight, &weight_quantizer}}; }
  kernels::Conv2dGeometry geometry() const;
};

}  // namespace nibble
