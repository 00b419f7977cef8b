#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "experiments/tasks/task.h"
#include "layers/network/layer_parts.h"

namespace nibble {

// Where bits matter: what becomes of a float network's outputs when one layer's weights or input are
// quantized and everything else is not.

inline constexpr std::array<int, 4> kProbedBits{2, 3, 4, 8};

/// How far the outputs of a network are from those of the float network that it was made of.
struct Deviation {
  double noise = 0;   // Σ (ŷ − y)² / Σ y² over all outputs, ŷ of this network and y of the float one
  double metric = 0;  // the task's first

  /// −10 log₁₀ noise; infinite where nothing differs.
  double snr_db() const;
};

/// Compares networks with a float one on the first rows of the split that training watches.
class OutputProbe {
 public:
  /// Throws Error where the float network's outputs are all zero or not finite.
  OutputProbe(Network& network, const Task& task, long samples);

  Deviation operator()(Network& network) const;
  /// Of the float network itself.
  double float_metric() const { return float_metric_; }
  /// Images or tokens.
  long samples() const { return samples_count_; }

 private:
  const Task& task_;
  std::vector<JudgedSample> samples_;
  long samples_count_ = 0;
  std::vector<std::vector<Tensor>> outputs_;  // of the float network, for each of samples_
  double signal_ = 0;                         // Σ y²
  double float_metric_ = 0;
};

struct ProbedPart {
  std::string layer;
  LayerPart part;
  std::array<Deviation, kProbedBits.size()> at{};  // with so many bits
};

/// The parts that were measured, in the order of the network.
struct Sensitivity {
  Metric metric;
  std::string samples;  // on which outputs were compared, for people: "256 images of the test split"
  double float_metric = 0;
  std::vector<ProbedPart> parts;
};

/// Called before each measurement with its number, from 0, and how many there are; false stops.
using SensitivityProgress = std::function<bool(const ProbedPart& part, int bits, long done, long all)>;

/// Measures `parts` (layer_parts) of a float network, whose norms have the statistics of its training, with
/// first scales from about so many training rows. A part that was not measured with all bits when progress
/// asked to stop is left out.
Sensitivity measure_sensitivity(Network& network, const Task& task, const OutputProbe& probe,
                                const std::vector<LayerPart>& parts, Border border, long calibration_rows,
                                const SensitivityProgress& progress = {});

}  // namespace nibble
