#include "experiments/profile/scaling.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/parallel.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/table.h"
#include "experiments/process/terminal.h"
#include "experiments/profile/fresh_training.h"
#include "experiments/profile/median.h"

namespace nibble {
namespace {

constexpr int kFirstSteps = 2, kMeasuredSteps = 10;
constexpr double kReduced = sizeof(double);  // bytes of a number of the norms

// The median seconds of a step on batches of so many samples. into: what the messages will be about.
double measured_step(ExperimentConfig config, long samples, ScalingEstimate& into) {
  config.train.batch = static_cast<int>(samples);
  config.train.parts = 1;
  FreshTraining training(config, open_data(config.dataset));
  std::vector<double> seconds;
  for (int i = 0; i < kFirstSteps + kMeasuredSteps; ++i) {
    const double step = training.trainer->step().seconds;
    if (i >= kFirstSteps) seconds.push_back(step);
  }
  into.threads = threads();
  into.gradient_bytes = 0;
  training.network.parameters([&](const std::string&, ParameterKind kind, Var& value) {
    if (kind != ParameterKind::statistic && value.wants_gradient())
      into.gradient_bytes += sizeof(Real) * static_cast<double>(value.value().size());
  });
  return median(seconds);
}

// Numbers that each norm sends at once: two for each channel.
std::vector<double> norm_bytes(const ExperimentConfig& config) {
  const FreshTraining training(config, open_data(config.dataset));
  std::vector<double> bytes;
  for (const NetworkNode& node : training.network.nodes()) {
    const auto* const norm = std::get_if<BatchNorm>(&node.layer);
    if (norm != nullptr && !norm->frozen)
      bytes.push_back(2 * kReduced * static_cast<double>(norm->weight.value().size()));
  }
  return bytes;
}

}  // namespace

ScalingEstimate estimate_scaling(const ExperimentConfig& config, long ranks, const Link& link,
                                 long epoch_samples) {
  const long batch = config.train.batch;
  if (ranks < 1 || !std::has_single_bit(static_cast<unsigned long>(ranks)) || batch % ranks != 0)
    usage_error("train: found --ranks ", ranks, ", expected a power of two that divides train.batch, ",
                batch);
  ScalingEstimate estimate;
  estimate.batch = batch;
  estimate.epochs = config.train.epochs;
  ExperimentConfig small = config;
  small.train.batch = static_cast<int>(batch / ranks);
  small.train.parts = 1;
  {
    const FreshTraining whole(small, open_data(config.dataset));
    const long samples =
        epoch_samples > 0 ? epoch_samples : whole.trainer->batches_per_epoch() * small.train.batch;
    estimate.steps = std::max(1L, samples / batch);
  }
  const long few = batch / ranks, many = std::min(batch, std::max(8 * few, 2L));
  const double of_few = measured_step(config, few, estimate);
  const double of_many = many > few ? measured_step(config, many, estimate) : of_few;
  if (many > few) estimate.sample_seconds = (of_many - of_few) / static_cast<double>(many - few);
  estimate.fixed_seconds = of_few - estimate.sample_seconds * static_cast<double>(few);

  const std::vector<double> norms = norm_bytes(small);
  estimate.norms = std::ssize(norms);
  const double seconds_of_byte = 1e-9 / link.bandwidth, latency = 1e-6 * link.latency;
  for (long r = 1; r <= ranks; r *= 2) {
    const double levels = std::log2(static_cast<double>(r)),
                 share = static_cast<double>(r - 1) / static_cast<double>(r);
    ScaledStep row{.ranks = r, .samples = batch / r};
    row.compute = estimate.fixed_seconds + estimate.sample_seconds * static_cast<double>(row.samples);
    for (const double bytes : norms)
      row.norms += 2 * levels * (latency + bytes * seconds_of_byte);  // there and back
    // Loss and counts, then shares are added up and told: core/parts/rank_sums.h.
    row.gradients =
        levels * latency + 2 * (levels * latency + share * estimate.gradient_bytes * seconds_of_byte);
    estimate.rows.push_back(row);
  }
  return estimate;
}

void print_scaling(const ScalingEstimate& e, const Link& link, std::ostream& out, int columns) {
  Table table{{{"ranks", true},
               {"samples", true},
               {"compute", true},
               {"norms", true},
               {"gradients", true},
               {"step", true},
               {"samples/s", true},
               {"efficiency", true},
               {"days", true}}};
  const auto milliseconds = [](double seconds) { return format_fixed(1e3 * seconds, 1) + " ms"; };
  for (const ScaledStep& row : e.rows) {
    const double speed = static_cast<double>(e.batch) / row.seconds();
    const double efficiency = e.rows.front().seconds() / (static_cast<double>(row.ranks) * row.seconds());
    const double days = row.seconds() * static_cast<double>(e.steps * e.epochs) / 86400;
    table.rows.push_back({std::to_string(row.ranks), std::to_string(row.samples), milliseconds(row.compute),
                          milliseconds(row.norms), milliseconds(row.gradients), milliseconds(row.seconds()),
                          format_fixed(speed, 0), format_fixed(100 * efficiency, 0) + " %",
                          format_fixed(days, 2)});
  }
  out << "An estimate: a step on this machine takes " << milliseconds(e.fixed_seconds) << " and "
      << format_fixed(1e3 * e.sample_seconds, 2) << " ms a sample, with " << e.threads
      << (e.threads == 1 ? " thread" : " threads") << "; messages are counted.\nA batch of " << e.batch
      << ", " << e.steps << " steps an epoch, " << e.epochs << (e.epochs == 1 ? " epoch" : " epochs") << "; "
      << e.norms << " norms, " << format_fixed(1e-6 * e.gradient_bytes, 1) << " MB of gradients; "
      << str(link.bandwidth) << " GB/s, " << str(link.latency) << " us a message.\n\n";
  print(table, out, columns);
}

}  // namespace nibble
