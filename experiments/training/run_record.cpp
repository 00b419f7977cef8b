#include "experiments/training/run_record.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "experiments/process/machine.h"
#include "experiments/process/terminal.h"
#include "layers/models/cfg_models.h"

namespace nibble {
namespace {

// One value for each metric; metrics of the loss have no series.
void append(MetricSeries& series, const std::vector<Metric>& metrics, const std::vector<double>& values) {
  series.resize(metrics.size());
  for (std::size_t i = 0; i < metrics.size(); ++i)
    if (!metrics[i].of_loss) series[i].push_back(values.at(i));
}

// The same counts over the codes lo ≤ code ≤ hi, which include all of them.
CodeHistogram widened(const CodeHistogram& codes, int lo, int hi) {
  CodeHistogram wide{lo, std::vector<long>(static_cast<std::size_t>(hi - lo + 1), 0)};
  std::copy(codes.counts.begin(), codes.counts.end(), wide.counts.begin() + (codes.lo - lo));
  return wide;
}

int highest(const CodeHistogram& codes) { return codes.lo + static_cast<int>(codes.counts.size()) - 1; }

void append_codes(QuantizerRecord& into, const CodeHistogram& codes) {
  int lo = codes.lo, hi = highest(codes);
  if (!into.codes_by_epoch.empty()) {
    lo = std::min(lo, into.codes_by_epoch.front().lo);
    hi = std::max(hi, highest(into.codes_by_epoch.front()));
  }
  into.codes_by_epoch.push_back(codes);
  for (CodeHistogram& epoch : into.codes_by_epoch) epoch = widened(epoch, lo, hi);
  into.codes = into.codes_by_epoch.back();
}

// Records that an old program began have one mean an epoch, which then stands for every channel.
void append_channels(std::vector<std::vector<double>>& into, const std::vector<double>& channels) {
  for (std::vector<double>& epoch : into)
    if (epoch.size() != channels.size()) epoch.assign(channels.size(), epoch.front());
  into.push_back(channels);
}

}  // namespace

RunRecord new_record(const ExperimentConfig& config, const RunOptions& options) {
  RunRecord record;
  record.name = config.run.name;
  record.config = options.config_file;
  record.config_text = print_config(config);
  record.command = options.command;
  record.revision = revision();
  record.created_utc = utc_now();
  record.seed = config.run.seed;
  record.machine = this_machine();
  record.model = config.model.kind;
  record.activation = has_cfg(config.model) ? "cfg" : name(activation_of(config.model));  // says each
  record.method = name(config.quant.method);
  if (config.quant.method != QuantMethod::none) {
    record.weight_bits = config.quant.weight_bits;
    record.activation_bits = config.quant.activation_bits;
  }
  return record;
}

void record_step(RunRecord& record, const Trainer& trainer, const Trainer::StepResult& step) {
  StepSeries& steps = record.steps;
  steps.step.push_back(trainer.state().step);
  steps.loss.push_back(step.loss);
  steps.learning_rate.push_back(step.learning_rate);
  steps.gradient_norm.push_back(step.gradient_norm);
  steps.samples_per_second.push_back(static_cast<double>(step.samples) / step.seconds);
}

void record_epoch(RunRecord& record, const Trainer& trainer, const Evaluation& watched,
                  double learning_rate) {
  const EpochSums& sums = trainer.last_epoch();
  EpochSeries& epochs = record.epochs;
  epochs.epoch.push_back(trainer.state().epoch);
  epochs.train_loss.push_back(sums.loss / static_cast<double>(sums.samples));
  append(epochs.train_metrics, record.task.metrics, trainer.last_metrics());
  epochs.watched_loss.push_back(watched.loss);
  append(epochs.watched_metrics, record.task.metrics, watched.metrics);
  epochs.learning_rate.push_back(learning_rate);
  epochs.seconds.push_back(sums.seconds);
  if (trainer.oscillation()) {
    epochs.changed_codes.push_back(sums.changed_codes / static_cast<double>(sums.followed_steps));
    epochs.frozen_weights.push_back(trainer.oscillation()->frozen_share());
  }
}

void record_quantizers(RunRecord& record, const std::map<std::string, QuantizerState>& states) {
  for (const auto& [path, state] : states) {
    QuantizerRecord& into = record.quantizers[path];
    append_channels(into.scale, state.scale);
    append_channels(into.shift, state.shift);
    append_codes(into, state.codes);
  }
}

Evaluation not_evaluated(const TaskOutline& task) {
  Evaluation nothing;
  nothing.loss = kNotMeasured;
  nothing.metrics.assign(task.metrics.size(), kNotMeasured);
  return nothing;
}

std::string log_line(const RunRecord& record, const Trainer& trainer, const Evaluation& watched,
                     const LogStyle& style) {
  const EpochSeries& epochs = record.epochs;
  const TaskOutline& task = record.task;
  const EpochSums& sums = trainer.last_epoch();
  std::string line = str("epoch=", trainer.state().epoch, " step=", trainer.state().step,
                         " loss=", epochs.train_loss.back());
  const auto add = [&](const std::string& key, double value) {
    if (!std::isnan(value)) line += str(" ", key, "=", value);
  };
  const std::vector<double> trained = trainer.last_metrics();
  for (std::size_t i = 0; i < trained.size(); ++i) add(task.metrics[i].name, trained[i]);
  const bool evaluated = std::any_of(watched.metrics.begin(), watched.metrics.end(),
                                     [](double value) { return !std::isnan(value); });
  if (evaluated) line += str(" ", task.watched, "_loss=", watched.loss);  // nan then is a divergence
  for (std::size_t i = 0; i < watched.metrics.size(); ++i)
    add(task.watched + "_" + task.metrics[i].name, watched.metrics[i]);
  if (style.learning_rate) add("lr", epochs.learning_rate.back());
  return line + str(" ", style.rate, "=", static_cast<double>(sums.samples) / sums.seconds,
                    " seconds=", epochs.seconds.back());
}

std::vector<std::string> epoch_parts(const RunRecord& record, const Trainer& trainer,
                                     const Evaluation& watched) {
  const TaskOutline& task = record.task;
  const EpochSums& sums = trainer.last_epoch();
  std::vector<std::string> parts{"loss " + format_fixed(record.epochs.train_loss.back(), 3)};
  const auto add = [&](const std::string& split, const std::vector<double>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isnan(values[i])) parts.push_back(split + shown(task.metrics[i], values[i]));
    }
  };
  add("", trainer.last_metrics());
  add(task.watched + " ", watched.metrics);
  parts.push_back(format_duration(record.epochs.seconds.back()));
  parts.push_back(str(std::lround(static_cast<double>(sums.samples) / sums.seconds), " ", task.unit, "/s"));
  return parts;
}

std::string float_figures(const TaskOutline& task, const std::vector<double>& metrics) {
  std::string line = "float";
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (i > 0 && std::isnan(metrics[i])) continue;  // not measured
    line += str(i == 0 ? " " : ", ", task.metrics[i].title, " ", metrics[i], unit_sign(task.metrics[i]));
  }
  return line;
}

std::string figures_line(const RunRecord& record) {
  std::string line;
  for (std::size_t i = 0; i < record.task.metrics.size(); ++i) {
    const Metric& metric = record.task.metrics[i];
    std::string values;
    for (const Arithmetic arithmetic : kArithmetics) {
      const double value = record.figure(arithmetic, i);
      if (!std::isnan(value)) values += str("  ", name(arithmetic), " ", value, unit_sign(metric));
    }
    // Training may have shown another split, so say which one this is.
    if (!values.empty())
      line +=
          str(line.empty() ? "" : "  ", record.task.watched == "test" ? "" : "test ", metric.title, values);
  }
  return line;
}

}  // namespace nibble
