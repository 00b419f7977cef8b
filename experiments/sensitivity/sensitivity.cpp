#include "experiments/sensitivity/sensitivity.h"

#include <cmath>

#include "core/buffer_pool.h"
#include "core/check.h"

namespace nibble {
namespace {

double squares(const Tensor& y) {
  double sum = 0;
  for (const Real v : y) sum += static_cast<double>(v) * static_cast<double>(v);
  return sum;
}

double squared_differences(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (long i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return sum;
}

// Calls use(i, outputs) with what the network says about each sample.
template <typename Use>
void walk_samples(Network& network, const std::vector<JudgedSample>& samples, const Use& use) {
  const NoGradient evaluation_only;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Pass pass;
    pass.sequences = samples[i].sequences;
    use(i, network.forward_outputs(samples[i].batch.x, pass));
  }
}

}  // namespace

double Deviation::snr_db() const { return -10 * std::log10(noise); }

OutputProbe::OutputProbe(Network& network, const Task& task, long samples)
    : task_(task), samples_(task.judged_samples(EvaluationSplit::watched, samples)) {
  const std::unique_ptr<RowJudge> judge = task.row_judge();
  walk_samples(network, samples_, [&](std::size_t i, const std::vector<Var>& outputs) {
    samples_count_ += samples_[i].batch.x.shape()[0];
    outputs_.emplace_back();
    for (const Var& output : outputs) {
      outputs_.back().push_back(output.value());
      signal_ += squares(output.value());
    }
    judge->add(outputs, samples_[i].batch);
  });
  check(std::isfinite(signal_) && signal_ > 0,
        "sensitivity: found outputs of the float network whose squares ", "sum up to ", signal_,
        ", expected a finite sum above 0");
  float_metric_ = judge->metrics().front();
}

Deviation OutputProbe::operator()(Network& network) const {
  Deviation deviation;
  const std::unique_ptr<RowJudge> judge = task_.row_judge();
  walk_samples(network, samples_, [&](std::size_t i, const std::vector<Var>& outputs) {
    for (std::size_t k = 0; k < outputs.size(); ++k)
      deviation.noise += squared_differences(outputs[k].value(), outputs_[i][k]);
    judge->add(outputs, samples_[i].batch);
  });
  deviation.noise /= signal_;
  deviation.metric = judge->metrics().front();
  return deviation;
}

Sensitivity measure_sensitivity(Network& network, const Task& task, const OutputProbe& probe,
                                const std::vector<LayerPart>& parts, Border border, long calibration_rows,
                                const SensitivityProgress& progress) {
  const TaskOutline& outline = task.outline();
  Sensitivity found{.metric = outline.metrics.front(),
                    .samples = str(probe.samples(), " ", outline.unit, " of the ", outline.watched, " split"),
                    .float_metric = probe.float_metric(),
                    .parts = {}};
  const Sample sample = task.calibration_sample(calibration_rows);
  const auto quantizers = calibrated_parts(network, parts, kProbedBits, sample.x, sample.sequences);
  buffer_pool::trim();  // the calibration's batch may be the larger one
  const auto all = static_cast<long>(parts.size() * kProbedBits.size());
  long done = 0;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    ProbedPart probed{.layer = network.node(parts[p].layer).name, .part = parts[p]};
    for (std::size_t b = 0; b < kProbedBits.size(); ++b) {
      if (progress && !progress(probed, kProbedBits[b], done++, all)) return found;
      Network one = with_part(network, parts[p], quantizers[p][b], border);
      probed.at[b] = probe(one);
    }
    found.parts.push_back(std::move(probed));
  }
  return found;
}

}  // namespace nibble
