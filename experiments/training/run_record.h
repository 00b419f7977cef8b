#pragma once

#include <map>
#include <string>
#include <vector>

#include "experiments/config/config.h"
#include "experiments/results/record.h"
#include "experiments/tasks/task.h"
#include "experiments/training/quantizer_monitor.h"
#include "experiments/training/run.h"
#include "experiments/training/train.h"

namespace nibble {

// How the record of a run (results/record.h) grows while the run goes on.

/// Who, what, where and when; nothing is measured yet.
RunRecord new_record(const ExperimentConfig& config, const RunOptions& options);

void record_step(RunRecord& record, const Trainer& trainer, const Trainer::StepResult& step);

/// The epoch that the trainer has just finished, at this learning rate. watched: kNotMeasured everywhere, and
/// so recorded, where the network was not evaluated.
void record_epoch(RunRecord& record, const Trainer& trainer, const Evaluation& watched, double learning_rate);

/// Appends an epoch of scales, shifts and code histograms. The histograms of a quantizer are kept on one
/// grid, which grows where an epoch has further codes.
void record_quantizers(RunRecord& record, const std::map<std::string, QuantizerState>& states);

/// Figures of an epoch in which the network was not evaluated.
Evaluation not_evaluated(const TaskOutline& task);

/// The log's line of the last recorded epoch: "epoch=1 step=12 loss=2.1 top1=20 test_loss=..."; without what
/// was not measured in it.
std::string log_line(const RunRecord& record, const Trainer& trainer, const Evaluation& watched,
                     const LogStyle& style);

/// The same epoch for the screen, part by part, the most important ones first, and worded as the progress
/// line is: "loss 2.100", "top-1 20.0 %", "test top-1 19.5 %", "21 s", "1133 images/s".
std::vector<std::string> epoch_parts(const RunRecord& record, const Trainer& trainer,
                                     const Evaluation& watched);

/// "float top-1 70.2 %, top-5 89.6 %": what a network did before it was quantized.
std::string float_figures(const TaskOutline& task, const std::vector<double>& metrics);

/// "top-1  float 91.2 %  quantized 91.0 %  integer 91.0 %": what of the test split was measured.
std::string figures_line(const RunRecord& record);

}  // namespace nibble
