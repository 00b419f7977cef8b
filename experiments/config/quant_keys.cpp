// The keys of [quant].

#include "experiments/config/section_keys.h"

namespace nibble {

namespace {

const std::vector<Choice<QuantMethod>> kMethods{
    {"none", QuantMethod::none}, {"learned_scale_shift", QuantMethod::learned_scale_shift},
    {"lsq", QuantMethod::lsq},   {"lsq_plus", QuantMethod::lsq_plus},
    {"pact", QuantMethod::pact}, {"dorefa", QuantMethod::dorefa}};

const std::vector<Choice<Initialization>> kInitializations{{"own", Initialization::own},
                                                           {"min_max", Initialization::min_max},
                                                           {"percentile", Initialization::percentile},
                                                           {"mse", Initialization::mse},
                                                           {"lsq", Initialization::lsq},
                                                           {"lsq_plus", Initialization::lsq_plus}};

/// PATTERN:weight_bits=8,activation_bits=8
bool parse_override(const std::string& text, LayerOverride& item) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  item.pattern = trim(text.substr(0, colon));
  const std::vector<std::string> parts = split(text.substr(colon + 1), ',');
  for (const std::string& part : parts) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return false;
    const std::string key = trim(part.substr(0, equals));
    int* bits = key == "weight_bits"       ? &item.weight_bits
                : key == "activation_bits" ? &item.activation_bits
                                           : nullptr;
    if (!bits || *bits != 0 || !parse_value(trim(part.substr(equals + 1)), *bits)) return false;
    if (!within(2, 8).contain(*bits)) return false;
  }
  return !item.pattern.empty() && !parts.empty();
}

std::string print_override(const LayerOverride& item) {
  std::vector<std::string> parts;
  if (item.weight_bits) parts.push_back("weight_bits=" + format_value(item.weight_bits));
  if (item.activation_bits) parts.push_back("activation_bits=" + format_value(item.activation_bits));
  return item.pattern + ":" + join(parts, ",");
}

void describe_grids(Options& o, QuantPolicy& c) {
  const Limits bits = within(2, 8);
  o.add("quant.method", c.method, kMethods,
        "How grids are found: none trains in float; learned_scale_shift is ours; lsq, lsq_plus, pact and "
        "dorefa are "
        "published methods to compare with.");
  o.add("quant.weight_bits", c.weight_bits, "Bits of weights.", bits);
  o.add("quant.activation_bits", c.activation_bits, "Bits of activations, which are what enters a layer.",
        bits);
  o.add("quant.first_and_last_bits", c.first_and_last_bits,
        "Bits of weights and inputs of the first and the last layer with weights; 8 is the published "
        "convention.",
        bits);
  o.add("quant.input_bits", c.input_bits, "Bits of the image.", bits);
  o.add("quant.join_bits", c.join_bits, "Bits of the branches of residual additions and products.", bits);
  o.add("quant.table_bits", c.table_bits,
        "Bits of the inputs of tables (swish, hard_swish, mish, sigmoid, tanh).", bits);
  o.add<Granularity>("quant.weight_granularity", c.weight_granularity,
                     {{"tensor", Granularity::tensor}, {"channel", Granularity::channel}},
                     "Scales of a layer's weights: one, or one for each output channel.");
  o.add<Sign>("quant.activation_sign", c.activation_sign,
              {{"automatic", Sign::automatic}, {"signed", Sign::is_signed}, {"unsigned", Sign::is_unsigned}},
              "Grid of activations; automatic: unsigned, with a shift where the method learns one; signed "
              "for methods "
              "without a shift where values are negative.");
}

void describe_starts_and_rounding(Options& o, QuantPolicy& c) {
  o.add("quant.weight_initialization", c.weight_initialization, kInitializations, "First scales of weights.");
  o.add("quant.activation_initialization", c.activation_initialization, kInitializations,
        "First scales and shifts of activations.");
  o.add<WeightRounding>(
      "quant.weight_rounding", c.weight_rounding,
      {{"nearest", WeightRounding::nearest}, {"compensated", WeightRounding::compensated}},
      "Codes of weights in the end: nearest to each number, or compensated, where a row's later numbers make "
      "up for the rounding of its earlier ones, by the second moments of what the layer reads (GPTQ, arXiv "
      "2210.17323). It is done once, at the end of calibration or training; trained codes seldom gain by "
      "it.");
  o.add("quant.rounding_samples", c.rounding_samples,
        "Training images or tokens from which compensated rounding takes these moments.", at_least(1));
  o.add(
      "quant.equalize", c.equalize,
      "Scale channels between two convolutions with a ReLU or leaky ReLU between them, so that both have "
      "equal ranges (arXiv 1906.04721), before the network is quantized. The float network computes what it "
      "did.");
  o.add(
      "quant.correct_biases", c.correct_biases,
      "calibrate: take the mean that rounded weights add to a layer's output out of the norm or bias behind "
      "it (arXiv 1906.04721), measured on the calibration samples.");
}

void describe_gradients_and_border(Options& o, QuantPolicy& c) {
  o.add("quant.percentile", c.percentile,
        "Share of values inside the first grid, in percent, for percentile.", within(50, 100));
  o.add<GradientScale>(
      "quant.gradient_scale", c.gradient_scale,
      {{"none", GradientScale::none},
       {"elements", GradientScale::elements},
       {"features", GradientScale::features}},
      "Factor on the gradients of scale and shift: 1, or 1/sqrt(N hi) with N all elements that the "
      "scale serves, or those of one sample.");
  o.add<Border>("quant.border", c.border,
                {{"nearest_zero", Border::nearest_zero}, {"lowest_code", Border::lowest_code}},
                "The code that the border of a padded convolution reads as.");
  o.add<QuantScope>("quant.scope", c.scope, {{"all", QuantScope::all}, {"products", QuantScope::products}},
                    "Recurrent layers: all computes gates and state in 16 bits and by tables, as the device "
                    "does; products quantizes what enters matrix products only, as published results do, "
                    "and has no integer form.");
}

}  // namespace

const char* name(QuantMethod method) {
  for (const Choice<QuantMethod>& choice : kMethods)
    if (choice.value == method) return choice.name;
  fail("quant.method: a value without a name");
}

void describe_quant(Options& o, QuantPolicy& c, int& calibration_samples) {
  describe_grids(o, c);
  describe_starts_and_rounding(o, c);
  describe_gradients_and_border(o, c);
  o.add("quant.calibration_samples", calibration_samples,
        "Training images or tokens from which the first scales and shifts of activations come.", at_least(1));
  o.add_repeatable<LayerOverride>(
      "quant.override", c.overrides, "PATTERN:weight_bits=8,activation_bits=8 with bits from 2 to 8",
      parse_override, print_override,
      "Other bits for the layers with weights whose path matches a pattern (* any "
      "text, ? one character): weight_bits of their weights, activation_bits of "
      "what enters them, a layer's input. May stand several times; the last match "
      "wins.");
}

}  // namespace nibble
