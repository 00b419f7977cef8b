#include "experiments/training/oscillation.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "core/parallel.h"
#include "experiments/process/exit_codes.h"
#include "experiments/results/results_file.h"
#include "experiments/training/run_record.h"
#include "experiments/training/train.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/network/quantize.h"
#include "tests/support/small_procedural.h"
#include "tests/support/temporary_directory.h"

namespace nibble::oscillation_test {
namespace {

const Task& images() {
  static const std::unique_ptr<Task> task = image_task(open_images(small_procedural(96, 16)));
  return *task;
}

Network four_bit_network(int bits = 4) {
  Network network = build_model({.kind = "resnet8"}, images().sample_shape(), images().classes(), Rng(3));
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  policy.weight_bits = bits;
  quantize(network, policy);
  initialize_quantizers(network, images().calibration_sample(32).x);
  return network;
}

// A rate so high that codes swing, and a long memory.
TrainConfig swinging() {
  TrainConfig config;
  config.epochs = 4;
  config.batch = 20;  // 4 batches an epoch
  config.learning_rate = 0.5;
  config.warmup_epochs = 0;
  config.damping = 0.01;
  config.freeze_oscillating = 0.09;
  config.oscillation_momentum = 0.04;
  return config;
}

Checkpoint after(const TrainConfig& config, int steps) {
  Network network = four_bit_network();
  Trainer trainer(network, images(), config, 7);
  for (int i = 0; i < steps; ++i) trainer.step();
  return capture_training(network, trainer);
}

void check_equal_bits(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [name, values] : a) {
    INFO(name);
    CHECK(std::memcmp(values.data(), b.at(name).data(),
                      static_cast<std::size_t>(values.size()) * sizeof(Real)) == 0);
  }
}

const std::string kWeight = "layer2/0/conv1/weight";

}  // namespace

TEST_CASE("frozen_weights_keep_their_codes_on_the_scale_of_every_step") {
  Network network = four_bit_network();
  Trainer trainer(network, images(), swinging(), 7);
  for (int i = 0; i < 10; ++i) trainer.step();
  const Checkpoint before = capture_training(network, trainer);
  REQUIRE(trainer.oscillation()->frozen_share() > 0);
  REQUIRE(trainer.oscillation()->frozen_share() < 1);
  trainer.step();
  const Checkpoint now = capture_training(network, trainer);
  long frozen = 0;
  for (NetworkNode& node : network.nodes()) {
    for (const Weights& found : weights(node.layer)) {
      if (!before.oscillation.contains(node.name + "/weight/frozen")) continue;
      const IntegerWeight integers = integer_weight(**found.quantizer, found.weight.value());
      const Tensor& was_frozen = before.oscillation.at(node.name + "/weight/frozen");
      const Tensor& code = before.oscillation.at(node.name + "/weight/code");
      const long row = code.size() / static_cast<long>(integers.scale.size());
      for (long i = 0; i < code.size(); ++i) {
        if (was_frozen[i] == 0) continue;
        ++frozen;
        const Real scale = integers.scale[static_cast<std::size_t>(i / row)];
        REQUIRE(integers.codes[static_cast<std::size_t>(i)] == static_cast<int>(code[i]));
        REQUIRE(found.weight.value()[i] == scale * code[i]);
      }
    }
  }
  CHECK(frozen > 0);
  CHECK(now.oscillation.contains(kWeight + "/frequency"));
  CHECK(!now.oscillation.contains("conv1/weight/code"));  // the first layer has 8 bits
}

TEST_CASE("damping_and_freezing_have_the_same_bits_on_any_number_of_threads", "[once]") {
  const auto with_threads = [](int count) {
    set_threads(count);
    Checkpoint checkpoint = after(swinging(), 10);
    set_threads(0);
    return checkpoint;
  };
  const Checkpoint one = with_threads(1), three = with_threads(3);
  check_equal_bits(one.parameters, three.parameters);
  check_equal_bits(one.oscillation, three.oscillation);
  CHECK(one.scalars.at("epoch_changed_codes") == three.scalars.at("epoch_changed_codes"));
}

TEST_CASE("damping_and_freezing_continue_bit_by_bit_between_accumulated_batches_too") {
  TrainConfig config = swinging();
  config.accumulate = 2;
  Network network = four_bit_network();
  Trainer uninterrupted(network, images(), config, 7);
  std::map<int, Checkpoint> at;
  for (int step = 1; step <= 11; ++step) {
    uninterrupted.step();
    at[step] = capture_training(network, uninterrupted);
  }
  const Checkpoint& whole = at[11];
  CHECK(whole.scalars.at("epoch_followed_steps") == 1);
  for (const int cut : {1, 9}) {  // before the first step of the optimizer, and behind some
    INFO(cut);
    // As a program that resumes: its quantizers have no scales before the checkpoint is read.
    Network fresh = build_model({.kind = "resnet8"}, images().sample_shape(), images().classes(), Rng(3));
    QuantPolicy policy;
    policy.method = QuantMethod::learned_scale_shift;
    quantize(fresh, policy);
    Trainer trainer(fresh, images(), config, 7);
    restore_training(fresh, trainer, at[cut], "test");
    for (int i = cut; i < 11; ++i) trainer.step();
    const Checkpoint resumed = capture_training(fresh, trainer);
    check_equal_bits(whole.parameters, resumed.parameters);
    check_equal_bits(whole.oscillation, resumed.oscillation);
    CHECK(whole.scalars.at("epoch_changed_codes") == resumed.scalars.at("epoch_changed_codes"));
  }
}

TEST_CASE("strength_rises_and_the_threshold_falls_by_cosines") {
  Network network = four_bit_network();
  TrainConfig config;
  config.damping = 0.2;
  config.freeze_oscillating = 0.02;
  const OscillationTracker tracker(network, config, 800);
  CHECK(tracker.damping(0) == 0);
  CHECK(tracker.damping(400) == Approx(0.1));
  CHECK(tracker.damping(800) == Approx(0.2));
  CHECK(tracker.threshold(0) == 0.1);
  CHECK(tracker.threshold(200) == 0.1);
  CHECK(tracker.threshold(500) == Approx(0.06));
  CHECK(tracker.threshold(800) == Approx(0.02));
  config.freeze_oscillating = 0;
  CHECK(OscillationTracker(network, config, 800).threshold(800) == 0);
}

TEST_CASE("damped_weights_are_nearer_to_their_codes", "[once]") {
  const auto distance = [](double damping) {
    TrainConfig config;
    config.epochs = 6;
    config.batch = 20;
    config.learning_rate = 0.05;
    config.damping = damping;
    config.freeze_oscillating = damping == 0 ? 0.1 : 0;  // watches, but hardly freezes
    Network network = four_bit_network();
    Trainer trainer(network, images(), config, 7);
    while (!trainer.finished()) trainer.step();
    double sum = 0;
    for (NetworkNode& node : network.nodes()) {
      if (node.name + "/weight" != kWeight) continue;
      const Weights found = weights(node.layer).front();
      const IntegerWeight integers = integer_weight(**found.quantizer, found.weight.value());
      const long row = found.weight.shape().row();
      for (long i = 0; i < found.weight.value().size(); ++i) {
        const Real at = found.weight.value()[i] / integers.scale[static_cast<std::size_t>(i / row)];
        sum += std::abs(static_cast<double>(at) - integers.codes[static_cast<std::size_t>(i)]);
      }
    }
    REQUIRE(sum > 0);
    return sum;
  };
  CHECK(distance(1) < 0.7 * distance(0));
}

// A training whose learning rates follow the codes.
TrainConfig by_transitions() {
  TrainConfig config = swinging();
  config.damping = config.freeze_oscillating = 0;
  config.transition_rate = 0.02;
  config.epochs = 6;
  return config;
}

TEST_CASE("learning_rates_move_to_the_wanted_share_of_changed_codes") {
  TransitionRate rule;
  rule.follow(0.5, 0.02, 0.1);
  CHECK(rule.learning_rate() == Approx(0.1 * (0.02 - 0.005)));
  CHECK(static_cast<double>(rule.state()[1]) == Approx(0.005));
  rule.follow(0.1, 0.02, 0.1);
  CHECK(static_cast<double>(rule.state()[1]) == Approx(0.99 * 0.005 + 0.001));
  CHECK(rule.learning_rate() == Approx(0.1 * (0.015 + 0.02 - 0.00595)));
  rule.follow(1, 0, 10);
  CHECK(rule.learning_rate() == 0);  // never below

  Network network = four_bit_network();
  const OscillationTracker tracker(network, by_transitions(), 24);
  CHECK(tracker.transition_target(0, 4) == Approx(0.04));
  CHECK(tracker.transition_target(12, 4) == Approx(0.02));
  CHECK(tracker.transition_target(24, 4) == Approx(0).margin(1e-12));
}

TEST_CASE("a_scheduled_transition_rate_sets_the_steps_of_weights_and_keeps_their_scales") {
  Network network = four_bit_network();
  const auto start = capture(network);
  Trainer trainer(network, images(), by_transitions(), 7);
  trainer.step();
  // The learning rate is 0 in the first step. Layers of 8 bits have the usual one.
  check_equal_bits({{kWeight, start.at(kWeight)}}, {{kWeight, capture(network).at(kWeight)}});
  CHECK(capture(network).at("conv1/weight")[0] != start.at("conv1/weight")[0]);
  while (!trainer.finished()) trainer.step();
  const auto end = capture(network);
  CHECK(end.at(kWeight)[0] != start.at(kWeight)[0]);
  for (const auto& [name, values] : start) {
    if (name.find("layer2/0/conv1/weight_quantizer") == std::string::npos) continue;
    INFO(name);
    check_equal_bits({{name, values}}, {{name, end.at(name)}});
  }
  CHECK(trainer.last_epoch().changed_codes > 0);
}

TEST_CASE("a_scheduled_transition_rate_resumes_with_the_same_bits") {
  const Checkpoint whole = after(by_transitions(), 11);
  const auto moved = whole.oscillation.find(kWeight + "/transitions");
  REQUIRE(moved != whole.oscillation.end());
  CHECK(moved->second[0] > 0);
  Network first = four_bit_network();
  Trainer interrupted(first, images(), by_transitions(), 7);
  for (int i = 0; i < 6; ++i) interrupted.step();
  const Checkpoint middle = capture_training(first, interrupted);
  Network second = four_bit_network();
  Trainer resumed(second, images(), by_transitions(), 7);
  restore_training(second, resumed, middle, "test");
  for (int i = 6; i < 11; ++i) resumed.step();
  const Checkpoint again = capture_training(second, resumed);
  check_equal_bits(whole.parameters, again.parameters);
  check_equal_bits(whole.oscillation, again.oscillation);
}

TEST_CASE("the_record_of_a_run_has_the_shares_of_changed_codes_and_of_frozen_weights") {
  const TemporaryDirectory directory;
  Network network = four_bit_network();
  Trainer trainer(network, images(), swinging(), 7);
  RunRecord record;
  for (int epoch = 0; epoch < 3; ++epoch) {
    for (int i = 0; i < 4; ++i) trainer.step();
    record_epoch(record, trainer, not_evaluated(images().outline()), 0.5);
  }
  const std::vector<double>& changed = record.epochs.changed_codes;
  REQUIRE(changed.size() == 3);
  CHECK(*std::min_element(changed.begin(), changed.end()) > 0);
  CHECK(*std::max_element(changed.begin(), changed.end()) < 1);
  CHECK(record.epochs.frozen_weights.back() == trainer.oscillation()->frozen_share());
  CHECK(record.epochs.frozen_weights.front() < record.epochs.frozen_weights.back());
  write_run((directory / "run.h5").string(), record);
  const EpochSeries read = read_run((directory / "run.h5").string()).epochs;
  CHECK(read.changed_codes == changed);
  CHECK(read.frozen_weights == record.epochs.frozen_weights);
}

TEST_CASE("weights_that_cannot_be_watched_are_refused") {
  Network eight = four_bit_network(8);
  CHECK_THROWS_WITH(OscillationTracker(eight, swinging(), 10),
                    Catch::Contains("found no weight of at most 4 bits that learns"));

  ModelOptions tied{.kind = "lstm"};
  tied.width = 8;
  tied.tied = true;
  Network words = build_model(tied, {1}, 20, Rng(1));
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  policy.first_and_last_bits = 4;
  quantize(words, policy);
  CHECK_THROWS_WITH(OscillationTracker(words, swinging(), 10), Catch::Contains("which has another grid"));
  policy.first_and_last_bits = 8;
  Network recurrent = build_model(tied, {1}, 20, Rng(1));
  quantize(recurrent, policy);
  OscillationTracker tracker(recurrent, swinging(), 10);
  std::vector<std::string> watched;
  tracker.state([&](const std::string& path, Tensor&) {
    if (path.ends_with("/code")) watched.push_back(path);
  });
  CHECK(watched == std::vector<std::string>{"lstm1/input/weight/code", "lstm1/recurrent/weight/code"});
}

TEST_CASE("configs_that_cannot_damp_or_freeze_are_refused") {
  ExperimentConfig config;
  config.train.damping = 0.1;
  CHECK_THROWS_WITH(validate(config, "a.ini"),
                    Catch::Contains("a.ini: train.damping") && Catch::Contains("found quant.method = none"));
  config.quant.method = QuantMethod::dorefa;
  CHECK_THROWS_AS(validate(config, "a.ini"), UsageError);
  config.quant.method = QuantMethod::lsq;
  validate(config, "a.ini");
  config.train.freeze_oscillating = 0.01;
  validate(config, "a.ini");
  config.train.oscillation_momentum = 0.005;
  CHECK_THROWS_WITH(validate(config, "a.ini"),
                    Catch::Contains("train.freeze_oscillating is 0.01, expected more than twice"));
}

}  // namespace nibble::oscillation_test
