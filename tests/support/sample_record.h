#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "experiments/results/record.h"

namespace nibble {

/// A record with every field filled, with nothing round about its numbers.
inline RunRecord sample_record() {
  RunRecord run;
  run.name = "resnet20_w4a4";
  run.config = "configs/cifar10_resnet20_w4a4.ini";
  run.config_text =
      "# a comment\n[run]\nseed = 18446744073709551615\nname = größe\n\n[train]\nepochs = 40\n"
      "learning_rate = 5e-3  # peak\nschedule = cosine\n\n[quant]\noverride = a:8\noverride = b:8\nempty =\n";
  run.command = "nibble train configs/cifar10_resnet20_w4a4.ini --run.seed 7";
  run.revision = "0123456789abcdef0123456789abcdef01234567";
  run.created_utc = "2026-01-31T12:00:00Z";
  run.seed = 18446744073709551615U;
  run.machine = {"node7", "Some CPU @ 2 GHz", 2};
  run.model = "resnet20", run.activation = "swish", run.method = "learned_scale_shift";
  run.weight_bits = 4, run.activation_bits = 4;
  for (long i = 0; i < 3000; ++i) {
    run.steps.step.push_back(i + 1);
    run.steps.loss.push_back(2.3 / static_cast<double>(i + 1));
    run.steps.learning_rate.push_back(0.1 * static_cast<double>(i));
    run.steps.images_per_second.push_back(1000.0 / 3);
  }
  for (long i = 0; i < 3; ++i) {
    run.epochs.epoch.push_back(i + 1);
    run.epochs.train_loss.push_back(1.0 / 3);
    run.epochs.train_top1.push_back(100.0 / 3);
    run.epochs.test_loss.push_back(i == 1 ? kNotMeasured : 0.1);
    run.epochs.test_top1.push_back(i == 1 ? kNotMeasured : 91.73);
    run.epochs.seconds.push_back(17.5);
  }
  run.quantizers["layer1/0/conv1/weight"] = {.scale = {{0.1, 0.2, 0.3}, {0.11, 0.21, 0.31}},
                                             .shift = {},
                                             .codes = {-8, std::vector<long>(16, 9)},
                                             .codes_by_epoch = {}};
  run.quantizers["layer1/0"] = {// a path that is the beginning of another one
                                .scale = {{0.5}, {0.25}},
                                .shift = {{-0.27}, {-0.28}},
                                .codes = {0, {1, 2, 3, 4}},
                                .codes_by_epoch = {{0, {4, 3, 2, 1}}, {0, {1, 2, 3, 4}}}};
  run.accuracy = {91.73, 91.5, kNotMeasured};
  run.confusion = Array<long>({3, 3}, {900, 60, 40, 30, 950, 20, 10, 5, 985});
  run.class_names = {"airplane", "automobile", "bird"};
  run.verification = {10000, 0};
  return run;
}

inline bool same_numbers(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

/// Equal in everything, not measured counting as equal to itself.
inline bool same_record(const RunRecord& a, const RunRecord& b) {
  const auto same_codes = [](const CodeHistogram& x, const CodeHistogram& y) {
    return x.lo == y.lo && x.counts == y.counts;
  };
  const auto same_quantizer = [&](const auto& x, const auto& y) {
    return x.first == y.first && x.second.scale == y.second.scale && x.second.shift == y.second.shift &&
           same_codes(x.second.codes, y.second.codes) &&
           std::equal(x.second.codes_by_epoch.begin(), x.second.codes_by_epoch.end(),
                      y.second.codes_by_epoch.begin(), y.second.codes_by_epoch.end(), same_codes);
  };
  return a.name == b.name && a.config == b.config && a.config_text == b.config_text &&
         a.command == b.command && a.revision == b.revision && a.created_utc == b.created_utc &&
         a.seed == b.seed && a.machine.hostname == b.machine.hostname && a.machine.cpu == b.machine.cpu &&
         a.machine.threads == b.machine.threads && a.model == b.model && a.activation == b.activation &&
         a.method == b.method && a.weight_bits == b.weight_bits && a.activation_bits == b.activation_bits &&
         a.steps.step == b.steps.step && same_numbers(a.steps.loss, b.steps.loss) &&
         same_numbers(a.steps.learning_rate, b.steps.learning_rate) &&
         same_numbers(a.steps.gradient_norm, b.steps.gradient_norm) &&
         same_numbers(a.steps.images_per_second, b.steps.images_per_second) &&
         same_numbers(a.steps.tokens_per_second, b.steps.tokens_per_second) &&
         a.epochs.epoch == b.epochs.epoch && same_numbers(a.epochs.train_loss, b.epochs.train_loss) &&
         same_numbers(a.epochs.train_top1, b.epochs.train_top1) &&
         same_numbers(a.epochs.test_loss, b.epochs.test_loss) &&
         same_numbers(a.epochs.test_top1, b.epochs.test_top1) &&
         same_numbers(a.epochs.valid_loss, b.epochs.valid_loss) &&
         same_numbers(a.epochs.learning_rate, b.epochs.learning_rate) &&
         same_numbers(a.epochs.seconds, b.epochs.seconds) &&
         std::equal(a.quantizers.begin(), a.quantizers.end(), b.quantizers.begin(), b.quantizers.end(),
                    same_quantizer) &&
         same_numbers({a.accuracy.float_top1, a.accuracy.quantized_top1, a.accuracy.integer_top1},
                      {b.accuracy.float_top1, b.accuracy.quantized_top1, b.accuracy.integer_top1}) &&
         same_numbers({a.perplexity.float_ppl, a.perplexity.quantized_ppl, a.perplexity.integer_ppl},
                      {b.perplexity.float_ppl, b.perplexity.quantized_ppl, b.perplexity.integer_ppl}) &&
         a.confusion.shape() == b.confusion.shape() &&
         std::equal(a.confusion.begin(), a.confusion.end(), b.confusion.begin()) &&
         a.class_names == b.class_names && a.verification.images == b.verification.images &&
         a.verification.mismatches == b.verification.mismatches;
}

}  // namespace nibble
