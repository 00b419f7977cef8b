// Times training steps in the way in which bench/peers/torch_train_step.py times those of the peer: fixed
// synthetic images or words, whole steps (forward, backward, optimizer, the wait for data), the median of
// several. Prints one line of JSON.
//
//   train_step [--net resnet20] [--mode float|w4a4] [--batch N] [--steps N] [--threads N] [--profile FILE]

#include <nlohmann/json.hpp>

#include "bench/bench_nets.h"
#include "bench/program.h"
#include "core/files/atomic_file.h"
#include "core/parallel.h"
#include "experiments/process/machine.h"
#include "experiments/profile/median.h"
#include "experiments/profile/profile_json.h"
#include "experiments/profile/profile_run.h"

namespace nibble::bench {

namespace {

struct StepOptions {
  std::string net = "resnet20", mode = "float", profile;
  long batch = 0;
  int steps = 10, threads = 2;
};

StepOptions read_options(const std::vector<std::string>& words) {
  StepOptions chosen;
  Options options;
  options.add("net", chosen.net, "Net.");
  options.add("mode", chosen.mode, "Arithmetic.", bench_modes());
  options.add("batch", chosen.batch, "Batch; 0: the net's.", at_least(0));
  options.add("steps", chosen.steps, "Steps of which the median is taken.", at_least(1));
  options.add("threads", chosen.threads, "Threads; 0: all.", at_least(0));
  options.add("profile", chosen.profile, "A file for the profile of the same steps.");
  apply_words(options, words);
  return chosen;
}

int train_step(const std::vector<std::string>& words) {
  const StepOptions chosen = read_options(words);
  BenchNet net = find_net(chosen.net);
  if (chosen.batch > 0) net.batch = chosen.batch;
  set_threads(chosen.threads);
  const std::unique_ptr<Task> task = bench_task(net);
  Network network = bench_network(net, chosen.mode, *task);
  const TrainConfig training = bench_training(net);
  Trainer trainer(network, *task, training, 1);

  std::vector<double> seconds;
  double first_loss = 0, last_loss = 0;
  constexpr int kWarmup = 3;  // they create primitives and fill the buffer pool
  for (int i = 0; i < kWarmup + chosen.steps; ++i) {
    const Trainer::StepResult step = trainer.step();
    if (i == 0) first_loss = step.loss;
    last_loss = step.loss;
    if (i >= kWarmup) seconds.push_back(step.seconds);
  }
  const double middle = median(seconds), best = *std::min_element(seconds.begin(), seconds.end());
  const double samples = static_cast<double>(net.batch * std::max(net.unroll, 1L));
  const nlohmann::ordered_json line{
      {"engine", "nibble"},
      {"model", net.name},
      {"quant", chosen.mode},
      {"batch", net.batch},
      {"threads", threads()},
      {"step_ms", 1e3 * middle},
      {str(task->outline().unit, "_per_s"), samples / middle},
      {str("best_", task->outline().unit, "_per_s"), samples / best},
      {"peak_rss_mib", static_cast<double>(peak_memory_bytes()) / (1 << 20)},
      {"loss_first", first_loss},
      {"loss_last", last_loss},
  };
  std::cout << line.dump() << std::endl;

  if (!chosen.profile.empty()) {
    StepProfile profile =
        profile_steps(trainer, network, training, {.warmup = 0, .steps = chosen.steps, .json = {}});
    profile.model = net.name;
    profile.method = chosen.mode == "float" ? "none" : "learned_scale_shift";
    write_text_atomically(chosen.profile, profile_to_json(profile));
  }
  return kSuccess;
}

}  // namespace

}  // namespace nibble::bench

int main(int count, char** words) {
  return nibble::bench::run_program("train_step", count, words, nibble::bench::train_step);
}
