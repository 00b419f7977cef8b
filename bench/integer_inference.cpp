// Measures integer inference and oneDNN's int8 on the same layers (int8_chain.h), by turns in one process,
// with random weights and images, W4A4 with 8 bits in the first and last layer. Prints one line of JSON.
//
//   integer_inference [--net resnet18] [--batch 1] [--threads 1] [--rounds 15]

#include <chrono>
#include <nlohmann/json.hpp>

#include "bench/bench_nets.h"
#include "bench/int8_chain.h"
#include "bench/program.h"
#include "core/parallel.h"
#include "datasets/images/batches.h"
#include "edge/lower/encode_input.h"
#include "edge/lower/lower.h"
#include "edge/run/evaluate.h"
#include "experiments/profile/median.h"

namespace nibble::bench {

namespace {

struct InferenceOptions {
  std::string net = "resnet18";
  long batch = 1;
  int threads = 1, rounds = 15;
};

InferenceOptions read_options(const std::vector<std::string>& words) {
  InferenceOptions chosen;
  Options options;
  options.add("net", chosen.net, "Net.");
  options.add("batch", chosen.batch, "Images at once.", at_least(1));
  options.add("threads", chosen.threads, "Threads; 0: all.", at_least(0));
  options.add("rounds", chosen.rounds, "Rounds of which medians are taken.", at_least(1));
  apply_words(options, words);
  return chosen;
}

double seconds_of(const std::function<void()>& work, int times) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < times; ++i) work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / times;
}

int integer_inference(const std::vector<std::string>& words) {
  const InferenceOptions chosen = read_options(words);
  BenchNet net = find_net(chosen.net);
  net.batch = std::max(chosen.batch, 8L);
  set_threads(chosen.threads);
  if (net.reads_text()) usage_error("integer_inference: found '", net.name, "', expected a net of images");
  const ImageSet images = bench_images(net);
  Network network = bench_network(net, "w4a4", *bench_task(net));
  const NoGradient inference;
  const edge::IntegerGraph graph = edge::lower(network, net.name);
  const Array<std::uint8_t> codes =
      edge::encode_input(graph, batch_in_order(images, images.train, 0, chosen.batch).x);
  const edge::Evaluator evaluator(graph);
  const std::function<void()> ours = [&] { evaluator.outputs(codes); };
  // A detector is no chain; its peer is another program (bench/peers/opencv_detector.py).
  const std::function<void()> theirs = net.finds_boxes ? [] {} : int8_chain(graph, chosen.batch);

  constexpr int kWarmup = 3;
  constexpr double kTurn = 0.1;  // seconds
  seconds_of(theirs, kWarmup);
  const int times = std::max(1, static_cast<int>(kTurn / seconds_of(ours, kWarmup)));
  std::vector<double> our_seconds, their_seconds, ratios;
  for (int i = 0; i < chosen.rounds; ++i) {
    our_seconds.push_back(seconds_of(ours, times));
    their_seconds.push_back(seconds_of(theirs, times));
    ratios.push_back(their_seconds.back() / our_seconds.back());
  }
  nlohmann::ordered_json line{
      {"net", net.name},
      {"batch", chosen.batch},
      {"threads", threads()},
      {"rounds", chosen.rounds},
      {"nibble_ms", 1e3 * median(our_seconds)},
  };
  if (!net.finds_boxes) line["onednn_int8_ms"] = 1e3 * median(their_seconds), line["ratio"] = median(ratios);
  std::cout << line.dump() << std::endl;
  return kSuccess;
}

}  // namespace

}  // namespace nibble::bench

int main(int count, char** words) {
  return nibble::bench::run_program("integer_inference", count, words, nibble::bench::integer_inference);
}
