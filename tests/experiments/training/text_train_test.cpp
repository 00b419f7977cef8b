// Training and evaluation of language models, step by step: state, interruptions, figures.

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "datasets/text/text_batches.h"
#include "experiments/profile/profile_run.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/support/damage.h"
#include "tests/support/temporary_directory.h"

namespace nibble::text_train_test {
namespace {

Corpus stories() {
  DatasetOptions options;
  options.kind = "procedural_text";
  options.train_samples = 1200;
  options.test_samples = 600;
  return std::get<Corpus>(open_data(options));
}

Network small_lstm(const Task& task, QuantMethod method, QuantScope scope = QuantScope::all) {
  Network network = build_model({.kind = "lstm", .width = 12, .layers = 2, .dropout = 0.2},
                                task.sample_shape(), task.classes(), Rng(3));
  if (method == QuantMethod::none) return network;
  QuantPolicy policy;
  policy.method = method;
  policy.scope = scope;
  quantize(network, policy);
  const Sample sample = task.calibration_sample(128);
  initialize_quantizers(network, sample.x, sample.sequences);
  return network;
}

// 16 batches an epoch: 1200 tokens are 8 sequences of 150, and 149 of those have a next one.
TrainConfig short_training() {
  TrainConfig config;
  config.epochs = 4;
  config.batch = 8;
  config.unroll = 9;
  config.learning_rate = 1;
  config.momentum = 0.5;
  config.weight_decay = 0;
  config.clip_norm = 0.25;
  config.weight_average = 0.9;
  config.schedule = ScheduleKind::plateau;
  config.step_factor = 0.5;
  return config;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(Real)) == 0;
}

void check_same(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [name, values] : a) {
    INFO(name);
    CHECK(same_bits(values, b.at(name)));
  }
}

void check_same(const NetworkState& a, const NetworkState& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [node, tensors] : a) {
    INFO(node);
    REQUIRE(tensors.size() == b.at(node).size());
    for (std::size_t i = 0; i < tensors.size(); ++i) CHECK(same_bits(tensors[i], b.at(node)[i]));
  }
}

// A run of the small float net, trained a little.
std::string teaching_run(const TemporaryDirectory& directory, Network& network, const Task& task,
                         const std::vector<std::string>& words) {
  const std::string run = (directory / "float").string();
  std::filesystem::create_directories(run + "/checkpoint");
  write_file(run + "/config.ini",
             "[dataset]\nkind = procedural_text\n[model]\nkind = lstm\nwidth = 12\nlayers = 2\n");
  TrainConfig config = short_training();
  config.weight_average = 0;
  Trainer trainer(network, task, config, 7);
  for (int i = 0; i < 32; ++i) trainer.step();
  Checkpoint checkpoint = capture_training(network, trainer);
  checkpoint.vocabulary = words;
  save(run + "/checkpoint/last.h5", checkpoint);
  return run;
}

}  // namespace

TEST_CASE("training_of_text_resumes_in_the_middle_of_an_epoch_bit_by_bit") {
  const std::unique_ptr<Task> task = text_task(stories());
  const TemporaryDirectory directory;
  const std::string path = (directory / "last.h5").string();
  for (const QuantMethod method : {QuantMethod::none, QuantMethod::learned_scale_shift}) {
    INFO(static_cast<int>(method));
    Network network = small_lstm(*task, method);
    Trainer whole(network, *task, short_training(), 7);
    const auto steps = [&](Trainer& trainer, int n) {
      for (int i = 0; i < n; ++i) {
        if (trainer.step().epoch_done) trainer.report(5);  // of equal losses the second halves the rate
      }
    };
    steps(whole, 2 * 16 + 5);
    REQUIRE(whole.state().epoch == 2);
    REQUIRE(whole.state().batch == 5);
    REQUIRE(whole.state().plateau_factor == 0.5);
    save(path, capture_training(network, whole));

    Network fresh = small_lstm(*task, method);
    Trainer resumed(fresh, *task, short_training(), 7);
    restore_training(fresh, resumed, load(path), "test");
    check_same(resumed.state().carried, whole.state().carried);
    CHECK(whole.state().carried.size() == 2);  // both layers

    steps(whole, 4);
    steps(resumed, 4);
    check_same(capture(fresh), capture(network));
    check_same(resumed.state().carried, whole.state().carried);
    steps(whole, 12);  // through the end of the epoch, where state begins anew
    steps(resumed, 12);
    check_same(capture(fresh), capture(network));
    check_same(capture_training(fresh, resumed).average, capture_training(network, whole).average);
    CHECK(resumed.state().plateau_factor == whole.state().plateau_factor);
  }
}

TEST_CASE("a_teacher_with_its_own_state_is_resumed_with_the_network_that_learns_from_it") {
  const std::unique_ptr<Task> task = text_task(stories());
  const TemporaryDirectory directory;
  Network real = small_lstm(*task, QuantMethod::none);
  const std::string run = teaching_run(directory, real, *task, task->vocabulary());

  TrainConfig config = short_training();
  config.teacher = run;
  const auto pupil = [&](QuantMethod method) {
    Network network = small_lstm(*task, method);
    restore(
        network,
        [&] {
          auto values = capture(network);
          for (const auto& [name, value] : capture(real)) values[name] = value;
          return values;
        }(),
        "test");
    return network;
  };
  // The same network agrees with its teacher from step to step, so both have carried on their states; without
  // dropout, that is.
  Network same = pupil(QuantMethod::none);
  for (NetworkNode& node : same.nodes()) {
    if (auto* dropout = std::get_if<Dropout>(&node.layer)) dropout->options.rate = 0;
  }
  Trainer agreeing(same, *task, config, 7);
  for (int i = 0; i < 20; ++i) CHECK(agreeing.step().loss == Approx(0).margin(1e-6));

  for (const double share : {1.0, 0.5}) {
    config.teacher_share = share;
    Network network = pupil(QuantMethod::learned_scale_shift);
    Trainer whole(network, *task, config, 7);
    for (int i = 0; i < 16 + 5; ++i) CHECK(whole.step().loss > 0);
    const std::string path = (directory / "last.h5").string();
    save(path, capture_training(network, whole));
    Network fresh = small_lstm(*task, QuantMethod::learned_scale_shift);
    Trainer resumed(fresh, *task, config, 7);
    restore_training(fresh, resumed, load(path), "test");
    check_same(resumed.state().teacher, whole.state().teacher);
    CHECK(whole.state().teacher.size() == 2);
    for (int i = 0; i < 4; ++i) CHECK(whole.step().loss == resumed.step().loss);
    check_same(capture(fresh), capture(network));
  }
}

TEST_CASE("a_teacher_has_to_be_a_run_on_the_same_words") {
  const std::unique_ptr<Task> task = text_task(stories());
  const TemporaryDirectory directory;
  Network network = small_lstm(*task, QuantMethod::none);
  TrainConfig config = short_training();
  config.teacher = (directory / "none").string();
  CHECK_THROWS_WITH(Trainer(network, *task, config, 7),
                    "train.teacher: " + config.teacher + " is not a run: it holds no config.ini");
  std::vector<std::string> words = task->vocabulary();
  words.back() = "zebra";
  config.teacher = teaching_run(directory, network, *task, words);
  CHECK_THROWS_WITH(Trainer(network, *task, config, 7), Catch::Contains("not the 112 words of the data"));
}

TEST_CASE("state_of_text_matters_and_begins_anew_with_each_epoch") {
  const std::unique_ptr<Task> task = text_task(stories());
  Network network = small_lstm(*task, QuantMethod::none);
  Trainer trainer(network, *task, short_training(), 7);
  CHECK(trainer.state().carried.empty());
  trainer.step();
  const NetworkState first = trainer.state().carried;
  REQUIRE(first.at("lstm1").size() == 2);  // h and c
  CHECK(first.at("lstm1")[0].shape() == Shape{8, 12});

  // Without what was carried, the second step has another loss.
  Network twin = small_lstm(*task, QuantMethod::none);
  Trainer forgetful(twin, *task, short_training(), 7);
  forgetful.step();
  TrainingState state = forgetful.state();
  state.carried.clear();
  forgetful.seek(state);
  CHECK(forgetful.step().loss != trainer.step().loss);

  // The first step of the second epoch carries on nothing from the first one.
  while (trainer.state().epoch == 0) trainer.step();
  TrainingState end = trainer.state();
  end.carried.clear();
  const auto weights = capture(network);
  const double loss = trainer.step().loss;
  restore(network, weights, "test");
  trainer.seek(end);
  CHECK(trainer.step().loss == loss);
}

TEST_CASE("plateau_schedule_survives_a_checkpoint") {
  const std::unique_ptr<Task> task = text_task(stories());
  const TemporaryDirectory directory;
  const std::string path = (directory / "last.h5").string();
  Network network = small_lstm(*task, QuantMethod::none);
  Trainer trainer(network, *task, short_training(), 7);
  const double peak = trainer.step().learning_rate;
  trainer.report(5);
  trainer.report(6);
  trainer.report(5.5);
  save(path, capture_training(network, trainer));

  Network fresh = small_lstm(*task, QuantMethod::none);
  Trainer resumed(fresh, *task, short_training(), 7);
  restore_training(fresh, resumed, load(path), "test");
  CHECK(resumed.step().learning_rate == peak / 4);
  resumed.report(5.2);  // 5 was better, as it remembers
  CHECK(resumed.step().learning_rate == peak / 8);
  resumed.report(4.9);
  CHECK(resumed.step().learning_rate == peak / 8);

  // A checkpoint of before there was such a schedule starts it anew.
  Checkpoint old = load(path);
  old.scalars.erase("plateau_factor");
  old.scalars.erase("plateau_best");
  restore_training(fresh, resumed, old, "test");
  CHECK(resumed.step().learning_rate == peak);
}

TEST_CASE("checkpoints_whose_parts_do_not_fit_are_refused_before_a_step") {
  const std::unique_ptr<Task> task = text_task(stories());
  TrainConfig config = short_training();
  config.accumulate = 2;
  Network network = small_lstm(*task, QuantMethod::none);
  Trainer trainer(network, *task, config, 7);
  trainer.step();
  const Checkpoint whole = capture_training(network, trainer);
  const auto refused = [&](const auto& damage) {
    Checkpoint damaged = whole;
    damage(damaged);
    return error_of([&] {
      Network fresh = small_lstm(*task, QuantMethod::none);
      Trainer resumed(fresh, *task, config, 7);
      restore_training(fresh, resumed, damaged, "test");
      resumed.step();
    });
  };
  CHECK(refused([](Checkpoint&) {}).empty());
  CHECK_THAT(refused([](Checkpoint& c) { c.gradients.begin()->second = Tensor({1}); }),
             Catch::Contains("test: found a gradient of shape [1] for '"));
  CHECK_THAT(refused([](Checkpoint& c) { c.counters["epoch"] = 5; }), Catch::Contains("at most 4 epochs"));
  for (const char* counter : {"epoch", "step", "epoch_samples"})
    CHECK_THAT(refused([&](Checkpoint& c) { c.counters[counter] = ~std::uint64_t{0}; }),
               Catch::Contains("expected numbers from 0"));
  for (const Shape& shape : {Shape{0, 12}, Shape{4, 12}, Shape{8, 11}, Shape{8}})
    CHECK_THAT(refused([&](Checkpoint& c) { c.state.at("lstm1/1") = Tensor(shape); }),
               Catch::Contains("recurrent: found state"));
}

TEST_CASE("the_loss_of_a_text_is_the_loss_computed_step_by_step") {
  const Corpus corpus = stories();
  const std::unique_ptr<Task> task = text_task(corpus);
  for (const QuantMethod method : {QuantMethod::none, QuantMethod::learned_scale_shift}) {
    INFO(static_cast<int>(method));
    Network network = small_lstm(*task, method);
    Trainer trainer(network, *task, short_training(), 7);
    for (int i = 0; i < 20; ++i) trainer.step();

    const NoGradient evaluation_only;
    Pass pass;
    pass.sequences = 1;
    NetworkState state;
    double sum = 0;
    const Array<int>& tokens = corpus.test;  // 600: more than go through the network at once
    for (long t = 0; t + 1 < tokens.size(); ++t) {
      const Tensor x({1, 1}, {static_cast<Real>(tokens[t])});
      const Tensor logits = network.forward(x, pass, {}, &state).value();
      double all = 0;
      for (const Real logit : logits) all += std::exp(static_cast<double>(logit));
      sum += std::log(all) - static_cast<double>(logits[tokens[t + 1]]);
    }
    const Evaluation evaluation = task->evaluate(network, EvaluationSplit::test);
    CHECK(evaluation.samples == tokens.size() - 1);
    CHECK(evaluation.loss == Approx(sum / static_cast<double>(tokens.size() - 1)).epsilon(1e-5));
    REQUIRE(evaluation.metrics.size() == 1);
    CHECK(evaluation.metrics.front() == Approx(std::exp(evaluation.loss)));
    const Evaluation valid = task->evaluate(network, EvaluationSplit::watched);
    CHECK(valid.samples == corpus.valid.size() - 1);
    CHECK(valid.loss != evaluation.loss);
  }
}

TEST_CASE("profile_of_text_counts_words_and_shows_recurrent_layers_by_themselves") {
  const std::unique_ptr<Task> task = text_task(stories());
  Network network = small_lstm(*task, QuantMethod::learned_scale_shift);
  Trainer trainer(network, *task, short_training(), 7);
  const StepProfile profile =
      profile_steps(trainer, network, short_training(), {.warmup = 1, .steps = 1, .json = {}});
  CHECK(profile.batch == 8 * 9);
  CHECK(profile.seconds() == Approx(profile.step_seconds));
  std::map<std::string, ProfileRow> rows;
  for (const ProfileRow& row : profile.rows) rows[row.node] = row;
  CHECK(rows.at("embedding").kind == ProfileKind::embedding);
  CHECK(rows.at("lstm1").kind == ProfileKind::recurrent);
  CHECK(rows.at("lstm2").kind == ProfileKind::recurrent);
  CHECK(rows.at("scores").kind == ProfileKind::linear);
  CHECK(rows.at("lstm1").forward.quantizer_seconds > 0);
  CHECK(rows.at("lstm1").backward.seconds > 0);
  // Both products of all gates for each word: 2 · 4 · hidden · (features + hidden).
  CHECK(rows.at("lstm1").forward.cost.operations >= 72.0 * 2 * 48 * (12 + 12));
  CHECK(std::string(name(ProfileKind::recurrent)) == "recurrent layers");
}

}  // namespace nibble::text_train_test
