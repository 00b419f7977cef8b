#include "quant/quantizer.h"

namespace nibble {

Quantizer make_quantizer(const QuantizerOptions& options, long channels) {
  check(options.bits >= 2 && options.bits <= 8, "quantizer: found ", options.bits, " bits, expected 2 to 8");
  check(options.weight || channels == 1, "quantizer: found ", channels,
        " scales for activations, expected 1");
  switch (options.method) {
    case QuantMethod::learned_scale_shift:
    case QuantMethod::lsq:
    case QuantMethod::lsq_plus:
      return LearnedScaleShift(options, channels);
    case QuantMethod::pact:
    case QuantMethod::dorefa:
      check(channels == 1, "quantizer: found ", channels,
            " scales for a weight of PACT or DoReFa, expected 1;", " set quant.weight_granularity = tensor");
      if (options.weight) return DorefaWeight(options);
      check(!options.is_signed, "quantizer: found signed codes for PACT or DoReFa, expected unsigned ones");
      if (options.method == QuantMethod::pact) return Pact(options);
      return DorefaActivation(options);
    case QuantMethod::none:
      break;
  }
  fail("quantizer: found method none, expected one that makes a quantizer");
}

void initialize(Quantizer& quantizer, const Tensor& sample) {
  std::visit([&](auto& q) { q.initialize(sample); }, quantizer);
}

bool initialized(const Quantizer& quantizer) {
  return std::visit([](const auto& q) { return q.initialized(); }, quantizer);
}

Quantized apply(const Quantizer& quantizer, const Var& x) {
  return std::visit([&](const auto& q) { return q(x); }, quantizer);
}

std::optional<LiveGrid> plain_grid(const Quantizer& quantizer, const Shape& x) {
  if (const auto* learned = std::get_if<LearnedScaleShift>(&quantizer)) return learned->live_grid(x);
  if (const auto* fixed = std::get_if<DorefaActivation>(&quantizer)) return fixed->live_grid();
  return {};  // PACT's gradient and DoReFa's weights are their own
}

AffineGrid affine(const Quantizer& quantizer) {
  return std::visit([](const auto& q) { return q.affine(); }, quantizer);
}

IntegerWeight integer_weight(const Quantizer& quantizer, const Tensor& w) {
  return std::visit([&](const auto& q) { return q.integer_weight(w); }, quantizer);
}

void parameters(Quantizer& quantizer, const ParameterFn& visit) {
  std::visit([&](auto& q) { q.parameters(visit); }, quantizer);
}

const QuantizerOptions& options(const Quantizer& quantizer) {
  return std::visit([](const auto& q) -> const QuantizerOptions& { return q.options(); }, quantizer);
}

bool belongs_to_quantizer(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  return name == "shift" || name == "initialized" || name.starts_with("relative_") ||
         name.starts_with("first_");
}

}  // namespace nibble
