#pragma once

#include <span>

#include "core/random.h"
#include "layers/signal.h"

namespace nibble {

struct AddOptions {};
struct MultiplyOptions {};
struct ConcatOptions {};

/// Sum of two equal shapes.
struct Add {
  using Options = AddOptions;
  Add(const AddOptions&, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "add"; }
};

/// Product of two equal shapes, or of an image [H, W, C] and one factor per channel [C]
/// (squeeze-and-excitation).
struct Multiply {
  using Options = MultiplyOptions;
  Multiply(const MultiplyOptions&, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "multiply"; }
};

/// Channels of all inputs, one after the other.
struct Concat {
  using Options = ConcatOptions;
  Concat(const ConcatOptions&, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "concat"; }
};

}  // namespace nibble
