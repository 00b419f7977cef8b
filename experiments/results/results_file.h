#pragma once

#include <string>

#include "core/files/hdf5_file.h"
#include "experiments/results/record.h"

namespace nibble {

// run.h5, for h5py, HDFView and pandas without our code. A seal in front of it (core/files/sealed_file.h),
// which those tools pass over, finds any damage.
//
//   /               attributes schema_version, created_utc, git_revision, seed, hostname, cpu, threads, name,
//                   model, activation, method, weight_bits, activation_bits, config_file, command, config
//                   (the text)
//   /config         one typed attribute per key: "train.epochs" = 40
//   /task           what was learned, and the list of metrics (task_file.h)
//   /steps/         step, loss, learning_rate, gradient_norm, images_per_second | tokens_per_second [steps],
//                   `step` is the scale
//   /epochs/        epoch, train_loss, train_top1, test_loss, test_top1 | valid_loss, learning_rate, seconds
//                   [epochs], `epoch` is the scale
//   /quantizers/    a group each, by path: scales, shifts, histograms of codes (quantizer_file.h)
//   /accuracy       attributes float_top1, quantized_top1, integer_top1 in percent; NaN: not measured
//   /perplexity     of language models: attributes float_ppl, quantized_ppl, integer_ppl; NaN: not measured
//   /confusion/     counts [true class, predicted class], class_names
//   /classes/       of detectors: precision of each class, and precision over recall (class_curves_file.h)
//   /verification   attributes images (of a text, tokens), mismatches
//
// Names of figures follow from the metrics: another task has others. Every series has a `units` attribute.
// A series that was not measured is not there.

/// Writes the whole file, atomically.
void write_run(const std::string& path, const RunRecord& record);
/// Throws Error, naming the file, for one that is damaged or no record. Files of before there were seals are
/// read by another process first, which may crash or hang in HDF5 as it likes.
RunRecord read_run(const std::string& path);

/// The same layout below a group of an open file, for checkpoints.
void write_record(Hdf5File& file, const std::string& group, const RunRecord& record);
RunRecord read_record(const Hdf5File& file, const std::string& group);

}  // namespace nibble
