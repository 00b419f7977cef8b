#include "experiments/config/config.h"

#include <algorithm>
#include <filesystem>

#include "core/files/atomic_file.h"
#include "core/files/text_hash.h"
#include "experiments/config/config_file.h"

namespace nibble {
namespace {

// A single turn leaves a frequency of one momentum. Were that above the limit, it would freeze the weight.
void validate_oscillation(const ExperimentConfig& config, const std::string& origin) {
  const TrainConfig& train = config.train;
  if (train.damping == 0 && train.freeze_oscillating == 0 && train.transition_rate == 0) return;
  const QuantMethod method = config.quant.method;
  if (method == QuantMethod::none || method == QuantMethod::pact || method == QuantMethod::dorefa)
    usage_error(origin, ": train.damping, train.freeze_oscillating and train.transition_rate found ",
                "quant.method = ", name(method), ", expected learned_scale_shift, lsq or lsq_plus");
  if (train.freeze_oscillating > 0 && train.freeze_oscillating <= 2 * train.oscillation_momentum)
    usage_error(origin, ": train.freeze_oscillating is ", train.freeze_oscillating,
                ", expected more than twice train.oscillation_momentum, ", train.oscillation_momentum);
}

// Both need the difference between a weight and its codes, which other methods or steps change.
void validate_correction(const ExperimentConfig& config, const std::string& origin) {
  const QuantPolicy& quant = config.quant;
  if (quant.equalize && quant.method == QuantMethod::none)
    usage_error(origin, ": quant.equalize found quant.method = none, expected a method");
  if (!quant.correct_biases) return;
  if (quant.method == QuantMethod::none || quant.method == QuantMethod::pact ||
      quant.method == QuantMethod::dorefa)
    usage_error(origin, ": quant.correct_biases found quant.method = ", name(quant.method),
                ", expected learned_scale_shift, lsq or lsq_plus");
  if (quant.weight_rounding != WeightRounding::nearest)
    usage_error(origin, ": quant.correct_biases found quant.weight_rounding = compensated, expected nearest");
  if (config.reconstruct.what != Reconstruct::none)
    usage_error(origin,
                ": quant.correct_biases found quant.reconstruct, which learns by itself what makes up ",
                "for rounding; expected one of them");
}

}  // namespace

// What model.cfg says is a part of the config, but stands in a file of its own. Its hash tells whether the
// file is still the one that a run was made with.
void identify_cfg(ModelOptions& model, const std::string& origin) {
  if (model.cfg.empty()) return;
  if (model.kind != "darknet")
    usage_error(origin, ": model.cfg is '", model.cfg, "' beside model.kind=", model.kind,
                ", expected model.kind=darknet with it, or none");
  if (std::error_code ignored; !std::filesystem::is_regular_file(model.cfg, ignored))
    usage_error(origin, ": found no file '", model.cfg, "', expected the cfg of model.cfg");
  const std::string found = hash_of(read_text(model.cfg));
  if (!model.cfg_hash.empty() && model.cfg_hash != found)
    usage_error(origin, ": model.cfg: ", model.cfg, " has hash ", found, ", expected ", model.cfg_hash,
                ", as when this config was resolved: the file has changed since");
  model.cfg_hash = found;
}

void validate(ExperimentConfig& config, const std::string& origin) {
  RunConfig& run = config.run;
  if (run.name.empty()) run.name = std::filesystem::path(origin.substr(origin.find(':') + 1)).stem().string();
  if (run.name.empty() || run.name == "." || run.name == ".." || run.name.find('/') != std::string::npos)
    usage_error(origin, ": run.name is '", run.name, "', expected a name for a directory in ", run.output);

  if (run.output.empty()) usage_error(origin, ": run.output is empty, expected the directory of runs");

  const TrainConfig& train = config.train;
  if (train.schedule == ScheduleKind::step && train.milestones.empty())
    usage_error(origin,
                ": train.schedule is step without train.milestones, expected epochs such as 100, 150");
  if (train.schedule != ScheduleKind::step && !train.milestones.empty())
    usage_error(origin, ": train.milestones belong to train.schedule = step, found another schedule");
  if (std::adjacent_find(train.milestones.begin(), train.milestones.end(), std::greater_equal<>()) !=
      train.milestones.end())
    usage_error(origin, ": train.milestones do not increase");
  if (train.epochs > 0 && train.warmup_epochs > train.epochs)
    usage_error(origin, ": train.warmup_epochs is ", train.warmup_epochs, ", expected at most train.epochs, ",
                train.epochs);
  validate_oscillation(config, origin);
  validate_correction(config, origin);
  if (config.dataset.mean.size() != config.dataset.std.size())
    usage_error(origin, ": dataset.mean has ", config.dataset.mean.size(), " values but dataset.std has ",
                config.dataset.std.size(), ", expected one of each for every channel");
  fill_in(config.dataset);
  identify_cfg(config.model, origin);
}

ExperimentConfig read_config(const std::string& path, const std::vector<Setting>& overrides) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  options.apply(merge(read_config_file(options, path), overrides));
  validate(config, path);
  return config;
}

std::string print_config(const ExperimentConfig& config) {
  ExperimentConfig copy = config;
  Options options;
  describe(options, copy);
  return options.print();
}

std::string complete_config(const std::string& text) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  try {
    options.apply(read_config_text(options, text, "config"));
  } catch (const UsageError&) {
    return text;
  }
  fill_in(config.dataset);
  return options.print();
}

OptimizerOptions optimizer_options(const TrainConfig& train) {
  OptimizerOptions options;
  options.weight = {train.optimizer, 1, train.weight_decay};
  options.norm = {train.optimizer, 1, train.norm_weight_decay};
  options.quantizer = {train.optimizer, train.quantizer_learning_rate, train.quantizer_weight_decay};
  options.momentum = train.momentum;
  options.nesterov = train.nesterov;
  options.beta1 = train.beta1;
  options.beta2 = train.beta2;
  options.clip_norm = train.clip_norm;
  return options;
}

ScheduleOptions schedule_options(const TrainConfig& train, long batches_per_epoch) {
  ScheduleOptions options;
  options.kind = train.schedule;
  options.epochs = std::max(train.epochs, 1);  // of no epochs nobody asks for a rate
  options.steps_per_epoch = batches_per_epoch;
  options.warmup_epochs = std::min<double>(train.warmup_epochs, options.epochs);
  options.warmup_power = train.warmup_power;
  options.milestones = train.milestones;
  options.step_factor = train.step_factor;
  options.final_factor = train.final_learning_rate_factor;
  return options;
}

}  // namespace nibble
