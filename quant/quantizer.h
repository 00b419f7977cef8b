#pragma once

#include <optional>
#include <string>
#include <variant>

#include "quant/grids/quantizer_options.h"
#include "quant/methods/dorefa.h"
#include "quant/methods/learned_scale_shift.h"
#include "quant/methods/pact.h"

namespace nibble {

/// A quantizer of one tensor. Its alternatives are siblings with the same members; lowering never learns how
/// a grid was learned.
///   void initialize(const Tensor& sample);            first scale and shift from data
///   bool initialized() const;
///   Quantized operator()(const Var& x) const;         throws Error before initialize
///   AffineGrid affine() const;                        activations: the grid in numbers
///   IntegerWeight integer_weight(const Tensor& w) const;  exactly the codes of operator()
///   void parameters(const ParameterFn& visit);
///   const QuantizerOptions& options() const;
using Quantizer = std::variant<LearnedScaleShift, Pact, DorefaWeight, DorefaActivation>;

/// channels: scales of a weight (1, or its output channels); activations have one. PACT and DoReFa know only
/// unsigned activations and one scale a weight: other settings throw Error.
Quantizer make_quantizer(const QuantizerOptions& options, long channels);

void initialize(Quantizer&, const Tensor& sample);
bool initialized(const Quantizer&);
Quantized apply(const Quantizer&, const Var& x);
/// The grid of a quantizer that is fake_quantize on a grid and nothing else, for a tensor of this shape.
std::optional<LiveGrid> plain_grid(const Quantizer&, const Shape& x);
AffineGrid affine(const Quantizer&);
IntegerWeight integer_weight(const Quantizer&, const Tensor& w);
void parameters(Quantizer&, const ParameterFn& visit);
const QuantizerOptions& options(const Quantizer&);

/// Whether a path of Network::parameters is of a quantizer and not of a layer: by its last part.
bool belongs_to_quantizer(const std::string& path);

}  // namespace nibble
