#include "experiments/profile/estimate.h"

#include <sys/resource.h>

#include <algorithm>
#include <functional>

#include "core/parallel.h"
#include "datasets/images/choose.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/seconds_since.h"
#include "experiments/process/table.h"
#include "experiments/process/terminal.h"
#include "experiments/profile/fresh_training.h"
#include "experiments/training/quantizer_monitor.h"
#include "experiments/training/training_checkpoint.h"

namespace nibble {
namespace {

constexpr long kWarmup = 3, kSteps = 20;
constexpr long kEvaluated = 512;  // samples, two batches of small images; four of pictures from files have:
constexpr long kEvaluatedPictures = 128;

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return seconds_since(start);
}

// A few samples of the splits that are evaluated, and how many there are of each in all.
struct Few {
  Data data;
  long measured = 0, watched = 0, test = 0;
};

Few few_of(const ImageSet& images) {
  const long most = images.any_size ? kEvaluatedPictures : kEvaluated;
  Few few{images, std::min(most, images.test.size()), images.watched().size(), images.test.size()};
  ImageSet& reduced = std::get<ImageSet>(few.data);
  reduced.test = first_samples(images.test, few.measured);
  reduced.validation = {};
  return few;
}

Few few_of(const BoxSet& boxes) {
  const long most = std::min(kEvaluatedPictures, boxes.images.test.size());
  Few few{boxes, most, boxes.images.test.size(), boxes.images.test.size()};
  take_first_test(std::get<BoxSet>(few.data), most);
  return few;
}

Few few_of(const Corpus& corpus) {
  const long tokens = std::min({kEvaluated, corpus.valid.size(), corpus.test.size()});
  return {first_tokens(corpus, 0, tokens), tokens, corpus.valid.size(), corpus.test.size()};
}

void measure_steps(Trainer& trainer, TrainingEstimate& into) {
  const long all = std::min(kWarmup + kSteps, trainer.batches_per_epoch());
  const long warmup = std::min(kWarmup, all - 1);
  long samples = 0;
  double seconds = 0;
  for (long i = 0; i < all; ++i) {
    const Trainer::StepResult step = trainer.step();
    if (i < warmup) continue;
    samples += step.samples;
    seconds += step.seconds;
  }
  into.measured_steps = static_cast<int>(all - warmup);
  into.step_seconds = seconds / static_cast<double>(into.measured_steps);
  into.samples_per_second = static_cast<double>(samples) / seconds;
  into.steps = trainer.batches_per_epoch();
}

// In front of the training weights from elsewhere are judged in float, which takes about as long as in fake
// quantization; behind every evaluation the codes of a sample are counted.
void measure_evaluations(const ExperimentConfig& config, const Few& few, Network& network,
                         TrainingEstimate& into) {
  const std::unique_ptr<Task> task = make_task(few.data, config.model);
  const auto a_sample = [&](const std::function<void()>& evaluate) {
    evaluate();  // primitives are made, memory is touched
    return seconds_of(evaluate) / static_cast<double>(few.measured);
  };
  const double quantized = a_sample([&] { task->evaluate(network, EvaluationSplit::test); });
  const bool quantizes = config.quant.method != QuantMethod::none;
  const long watched = few.watched + (quantizes ? config.calibration_samples : 0);
  into.evaluation_seconds = quantized * static_cast<double>(watched);
  into.final_seconds = quantized * static_cast<double>(few.test);
  if (quantizes && !config.start_from.empty()) into.final_seconds *= 2;
  if (config.edge.integer_evaluation && task->has_integers(config.quant))
    into.final_seconds += a_sample([&] { task->evaluate_integers(network, EvaluationSplit::test); }) *
                          static_cast<double>(few.test);
  const int every = config.train.evaluate_every;
  into.evaluations = (into.epochs + every - 1) / every;
}

double bytes_of(const std::map<std::string, Tensor>& tensors) {
  double bytes = 0;
  for (const auto& [path, values] : tensors) bytes += static_cast<double>(values.size()) * sizeof(Real);
  return bytes;
}

void count_files(FreshTraining& training, const ExperimentConfig& config, TrainingEstimate& into) {
  const Checkpoint checkpoint = capture_training(training.network, *training.trainer);
  for (const auto* tensors : {&checkpoint.parameters, &checkpoint.optimizer, &checkpoint.average,
                              &checkpoint.state, &checkpoint.oscillation})
    into.checkpoint_bytes += bytes_of(*tensors);
  constexpr double kSeries = 5;  // a step: number, loss, rate, norm of the gradient, speed
  double numbers = kSeries * static_cast<double>(into.steps * into.epochs);
  if (config.quant.method != QuantMethod::none) {
    const Sample sample = training.task->calibration_sample(1);
    for (const auto& [path, state] : observe_quantizers(training.network, sample.x, sample.sequences))
      numbers += static_cast<double>(into.evaluations) *
                 static_cast<double>(state.scale.size() + state.shift.size() + state.codes.counts.size());
  }
  into.record_bytes = numbers * sizeof(double);
  into.checkpoint_bytes += into.record_bytes;  // which it carries
}

double peak_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

std::string megabytes(double bytes) {
  const double mega = 1e-6 * bytes;
  return format_fixed(mega, mega < 9.95 ? 1 : 0) + " MB";
}

std::string duration(double seconds) {
  if (seconds < 0.0995) return format_fixed(1e3 * seconds, 1) + " ms";
  return seconds < 9.95 ? format_fixed(seconds, 2) + " s" : format_duration(seconds);
}

}  // namespace

TrainingEstimate estimate_training(const ExperimentConfig& config) {
  if (config.train.epochs == 0)
    usage_error("train: --estimate found train.epochs = 0, expected at least one epoch to estimate");
  const Data data = open_data(config.dataset);
  FreshTraining training(config, data);
  TrainingEstimate estimate;
  estimate.model = config.model.kind;
  estimate.method = name(config.quant.method);
  estimate.data = config.dataset.kind;
  estimate.unit = training.task->outline().unit;
  estimate.threads = threads();
  estimate.epochs = config.train.epochs;
  measure_steps(*training.trainer, estimate);
  const Few few = std::visit([](const auto& all) { return few_of(all); }, data);
  measure_evaluations(config, few, training.network, estimate);
  count_files(training, config, estimate);
  estimate.peak_bytes = peak_bytes();
  return estimate;
}

void print_estimate(const TrainingEstimate& e, std::ostream& out, int columns) {
  Table table{{{"what"}, {"estimate", true}, {"of"}}};
  table.rows = {
      {"step", duration(e.step_seconds), str("the mean of ", e.measured_steps)},
      {"speed", format_fixed(e.samples_per_second, 0) + "/s", e.unit},
      {"epoch", duration(e.epoch_seconds()), str(e.steps, " steps")},
      {"evaluation", duration(e.evaluation_seconds), str("one of ", e.evaluations, " behind epochs")},
      {"end", duration(e.final_seconds), "the figures of the test split"},
      {"in all", duration(e.seconds()), str(e.epochs, e.epochs == 1 ? " epoch" : " epochs", " and these")},
      {"peak memory", megabytes(e.peak_bytes), "the process"},
      {"checkpoint", megabytes(e.checkpoint_bytes), "numbers in last.h5"},
      {"run.h5", megabytes(e.record_bytes), "numbers, which are compressed"},
  };
  out << "An estimate: nothing was trained, nothing is kept.\n"
      << e.model << (e.method == "none" ? "" : ", " + e.method) << " on " << e.data << ", " << e.threads
      << (e.threads == 1 ? " thread" : " threads") << "\n\n";
  print(table, out, columns);
}

}  // namespace nibble
