#include "experiments/reconstruct/reconstruct_block.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/dropout.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/loss.h"
#include "experiments/reconstruct/joined_outputs.h"
#include "experiments/reconstruct/small_steps.h"
#include "experiments/reconstruct/soft_weights.h"

namespace nibble {
namespace {

constexpr double kFreeShare = 0.2;  // of the steps, before the penalty begins
// Weights of 8 bits lose little by the nearest codes. The first block has them, and the largest images.
constexpr long kManyCodes = 255, kFewerSteps = 4;
constexpr double kFirstExponent = 20, kLastExponent = 2;  // of the penalty

double channels_of(const MappedRows& rows) { return static_cast<double>(rows.row_shape().back()); }

Tensor mixed_input(const BlockRows& rows, const std::vector<long>& numbers, Real float_share, Rng rng) {
  Tensor quantized = rows.quantized_input->read(numbers);
  if (float_share == 0 || rows.quantized_input == rows.float_input) return quantized;
  const NoGradient values;
  const DropoutMask kept = dropout_mask(quantized.shape(), float_share, rng);
  return choose(kept.kept, Var(quantized), Var(rows.float_input->read(numbers))).value();
}

// All scales and shifts, norms and biases.
std::vector<NamedParameter> all_small(Network& block, const SoftWeights& soft) {
  std::vector<NamedParameter> found = small_parameters(block);
  found.insert(found.end(), soft.scales().begin(), soft.scales().end());
  return found;
}

// The error of the block as it is now.
double measure(Network& block, const BlockRows& rows, long batch, MappedRows& output) {
  run_rows(block, *rows.quantized_input, batch, output);
  double sum = 0;
  for (long first = 0; first < output.rows(); first += batch) {
    const long count = std::min(batch, output.rows() - first);
    const NoGradient values;
    const Var error = squared_error(Var(output.read(first, count)), rows.float_output->read(first, count));
    sum += static_cast<double>(error.value()[0]) * static_cast<double>(count);
  }
  return channels_of(output) * sum / static_cast<double>(output.rows());
}

// The values of a network's parameters, to go back to.
class Snapshot {
 public:
  explicit Snapshot(Network& network) {
    network.parameters([&](const std::string&, ParameterKind, Var& value) {
      values_.emplace_back(value, value.value().clone());
    });
  }
  void restore() {
    for (auto& [parameter, value] : values_) parameter.mutable_value() = value;
  }

 private:
  std::vector<std::pair<Var, Tensor>> values_;  // a Var shares the parameter
};

class BlockTraining {
 public:
  BlockTraining(const Network& network, const Block& block, const BlockRows& rows,
                const ReconstructConfig& config, const Rng& rng)
      : block_(take_block(network, block, true)),
        soft_(block_),
        rows_(rows),
        config_(config),
        rng_(rng),
        rounding_(adam(1, 1), soft_.logits()),
        rest_(adam(config.grid_learning_rate, config.norm_learning_rate), all_small(block_, soft_)) {}

  void step(long number) {
    const double progress = static_cast<double>(number) / static_cast<double>(steps());
    const Rng rng = rng_.stream(static_cast<std::uint64_t>(number));
    const std::vector<long> numbers =
        draw_rows(rows_.float_output->rows(), std::min<long>(config_.batch, rows_.float_output->rows()),
                  rng.stream("rows"));
    Rng drops = rng.stream("drop");
    Pass pass;
    pass.plain = config_.float_share > 0;  // only such a pass leaves values unquantized
    pass.rng = &drops;
    pass.float_share = static_cast<Real>(config_.float_share);
    if (kernels::has_bfloat16_products()) pass.reals = config_.products;
    soft_.round();
    const Var y = joined_outputs(
        block_, mixed_input(rows_, numbers, static_cast<Real>(config_.float_share), rng.stream("input")),
        pass);
    Var loss = scaled(squared_error(y, rows_.float_output->read(numbers)),
                      static_cast<Real>(channels_of(*rows_.float_output)));
    if (progress >= kFreeShare && !soft_.logits().empty()) {
      const double fallen = (progress - kFreeShare) / (1 - kFreeShare);
      const double exponent = kLastExponent + (kFirstExponent - kLastExponent) * (1 - fallen);
      loss =
          add(loss, scaled(soft_.penalty(static_cast<Real>(exponent)), static_cast<Real>(config_.penalty)));
    }
    check(std::isfinite(loss.value()[0]), "found loss ", loss.value()[0], " at step ", number,
          ", expected a finite one; a lower reconstruct.learning_rate may help");
    backward(loss);
    rounding_.step(config_.learning_rate);
    rest_.step(falling(number, steps()));
    rounding_.clear_gradients();
    rest_.clear_gradients();
  }

  long steps() const {
    return soft_.fewest_codes() >= kManyCodes ? (config_.iterations + kFewerSteps - 1) / kFewerSteps
                                              : config_.iterations;
  }
  void decide() { soft_.decide(); }

 private:
  Network block_;
  SoftWeights soft_;
  const BlockRows& rows_;
  const ReconstructConfig& config_;
  const Rng& rng_;
  Optimizer rounding_, rest_;
};

}  // namespace

void run_rows(Network& network, const MappedRows& input, long batch, MappedRows& output) {
  const NoGradient evaluation;
  for (long first = 0; first < input.rows(); first += batch) {
    const long count = std::min(batch, input.rows() - first);
    output.write(first, joined_outputs(network, input.read(first, count), Pass{}).value());
  }
}

std::optional<BlockErrors> reconstruct_block(Network& network, const Block& block, const BlockRows& rows,
                                             const ReconstructConfig& config, const Rng& rng,
                                             MappedRows& output, const KeepOn& keep_on) {
  Network hard = take_block(network, block, true);
  BlockErrors errors;
  errors.nearest = measure(hard, rows, config.batch, output);
  Snapshot nearest(hard);
  BlockTraining training(network, block, rows, config, rng);
  for (long i = 0; i < training.steps(); ++i) {
    if (!keep_on(i, training.steps())) return {};
    training.step(i);
  }
  training.decide();
  errors.learned = measure(hard, rows, config.batch, output);
  if (errors.kept_nearest()) {
    nearest.restore();
    run_rows(hard, *rows.quantized_input, config.batch, output);
  }
  return errors;
}

}  // namespace nibble
