#pragma once

#include <span>

#include "core/random.h"
#include "layers/signal.h"

namespace nibble {

struct FlattenOptions {};

/// [H, W, C] → [H·W·C].
struct Flatten {
  using Options = FlattenOptions;
  Flatten(const FlattenOptions&, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "flatten"; }
  static bool keeps_grid() { return true; }
};

struct SubsampleOptions {
  int stride = 2;
  int out_channels = 0;
};

/// The parameter-free shortcut of CIFAR ResNets (He et al. 2015, option A): every stride-th pixel, channels
/// padded with zeros in equal parts before and after. On a grid the zeros are the border's code.
struct Subsample {
  using Options = SubsampleOptions;
  SubsampleOptions options;
  Border border = Border::nearest_zero;
  Subsample(const SubsampleOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "subsample"; }
  static bool keeps_grid() { return true; }
  /// Channels of zeros in front of the input's.
  long leading(long in_channels) const { return (options.out_channels - in_channels) / 2; }
};

struct DropoutOptions {
  double rate = 0.5;
  bool same_for_all_steps = false;  // one mask for all steps of a sequence
};

/// In training drops each value with probability rate; the others grow so that means stay. On a grid,
/// dropped values become the code nearest to real zero, and the others move away from that code's value by
/// 1 / (1 − rate): the result is the same codes on a wider grid, so that products of codes go on working.
/// (Zero itself lies on no learned grid.)
struct Dropout {
  using Options = DropoutOptions;
  DropoutOptions options;
  Dropout(const DropoutOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "dropout"; }
  static bool keeps_grid() { return true; }
};

struct SliceOptions {
  long begin = 0, end = 0;
};

/// Channels begin ≤ c < end.
struct Slice {
  using Options = SliceOptions;
  SliceOptions options;
  Slice(const SliceOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "slice"; }
  static bool keeps_grid() { return true; }
};

}  // namespace nibble
