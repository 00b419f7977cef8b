#pragma once

#include <optional>
#include <variant>

#include "layers/activation.h"
#include "layers/activation_quantizer.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/embedding.h"
#include "layers/linear.h"
#include "layers/merge.h"
#include "layers/pool.h"
#include "layers/rearrange.h"
#include "layers/recurrent.h"
#include "layers/weights.h"

namespace nibble {

/// Where the samples come in.
struct InputLayer {
  Shape sample;  // without the batch
  static const char* kind() { return "input"; }
};

/// The closed list of layers. Each, but InputLayer, has the members
///   using Options = ...Options;                                      what Network::add takes
///   Layer(const Options&, std::span<const Shape> inputs, Rng rng);   shapes without the batch
///   Shape output_shape(std::span<const Shape> inputs) const;
///   Signal forward(std::span<const Signal> inputs, const Pass&);     recurrent layers: and their state
///   void parameters(const ParameterFn& visit);
///   const char* kind() const;                                        "upsample": for messages and tables
/// and, where it differs from the layers that have none,
///   bool keeps_grid() const;                                         see below; without it: false
///   std::vector<Weights> weights();                                  of a layer that has some
/// A new one is a line here, and the compiler names every place that must answer for it.
using Layer =
    std::variant<InputLayer, Conv2d, Linear, BatchNorm, Activation, Add, Multiply, Concat, Pool, GlobalPool,
                 Upsample, Flatten, Subsample, Dropout, Slice, ActivationQuantizer, Embedding, Recurrent>;

/// The options of every layer but the input, in the order of Layer.
template <typename Layers>
struct OptionsOf;
template <typename... Layers>
struct OptionsOf<std::variant<InputLayer, Layers...>> {
  using type = std::variant<typename Layers::Options...>;
};
using LayerOptions = OptionsOf<Layer>::type;

/// A type that is the options of exactly one layer.
template <typename T>
concept OptionsOfLayer = std::is_constructible_v < LayerOptions,
        std::in_place_type_t<T>,
const T& > ;

/// "conv2d", "batch_norm", ... for messages and tables.
const char* kind(const Layer& layer);

/// True if the layer only moves values, so that codes stay codes of their grid: max pooling, upsampling,
/// flatten, subsampling, dropout (which does nothing on the device), slice.
bool keeps_grid(const Layer& layer);

/// True for layers with weights: conv2d, linear, embedding, recurrent.
bool has_weights(const Layer& layer);

/// All of a layer's: two for a recurrent layer, none for layers that have no weights.
std::vector<Weights> weights(Layer& layer);

/// Builds a visitor of lambdas.
template <typename... Lambdas>
struct overloaded : Lambdas... {
  using Lambdas::operator()...;
};
template <typename... Lambdas>
overloaded(Lambdas...) -> overloaded<Lambdas...>;

}  // namespace nibble
