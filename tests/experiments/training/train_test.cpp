#include "experiments/training/train.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "core/parallel.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/network/freeze.h"
#include "tests/support/small_network.h"
#include "tests/support/small_procedural.h"

namespace nibble::train_test {
namespace {

ImageSet small_images() { return open_images(small_procedural(96, 16)); }

// A network of `kind`, at 4 bits if asked, and its parameters after so many steps.
Network make_network(const Task& task, const std::string& kind, QuantMethod method) {
  return small_network(task, {.kind = kind, .activation = ActivationKind::swish}, method);
}

TrainConfig short_training() {
  TrainConfig config;
  config.epochs = 2;
  config.batch = 20;  // does not divide by the pieces of a batch
  config.weight_average = 0.9;
  config.clip_norm = 1;
  return config;
}

std::map<std::string, Tensor> train(const Task& task, const std::string& kind, QuantMethod method,
                                    int steps) {
  Network network = make_network(task, kind, method);
  Trainer trainer(network, task, short_training(), 7);
  for (int i = 0; i < steps; ++i) trainer.step();
  return capture(network);
}

// Names of tensors that differ in any bit.
std::vector<std::string> differing(const std::map<std::string, Tensor>& a,
                                   const std::map<std::string, Tensor>& b) {
  std::vector<std::string> names;
  REQUIRE(a.size() == b.size());
  for (const auto& [name, values] : a) {
    const Tensor& other = b.at(name);
    if (std::memcmp(values.data(), other.data(), static_cast<std::size_t>(values.size()) * sizeof(Real)) !=
        0) {
      names.push_back(name);
    }
  }
  return names;
}

struct Threads {
  explicit Threads(int n) { set_threads(n); }
  ~Threads() { set_threads(0); }
};

}  // namespace

TEST_CASE("training_gives_the_same_bits_on_any_number_of_threads", "[once]") {
  const std::unique_ptr<Task> task = image_task(small_images());
  for (const QuantMethod method : {QuantMethod::none, QuantMethod::learned_scale_shift}) {
    const auto weights = [&](int count) {
      const Threads threads(count);
      return train(*task, "resnet8", method, 4);
    };
    const auto one = weights(1);
    CHECK(!one.empty());
    for (const int count : {2, 3, 4, 8}) {
      INFO(count << " threads");
      CHECK(differing(one, weights(count)) == std::vector<std::string>{});
    }
  }
}

TEST_CASE("the_last_batches_of_an_epoch_make_a_step_of_their_own") {
  const std::unique_ptr<Task> task = image_task(small_images());
  TrainConfig config = short_training();
  config.accumulate = 3;  // of 4 batches
  const auto steps_taken = [&](int accumulate, int batches) {
    Network network = make_network(*task, "resnet8", QuantMethod::none);
    TrainConfig how = config;
    how.accumulate = accumulate;
    Trainer trainer(network, *task, how, 7);
    for (int i = 0; i < batches; ++i) trainer.step();
    return std::pair(trainer.optimizer().steps(), trainer.accumulating());
  };
  CHECK(steps_taken(3, 2) == std::pair(0L, true));
  CHECK(steps_taken(3, 3) == std::pair(1L, false));
  CHECK(steps_taken(3, 4) == std::pair(2L, false));
  CHECK(steps_taken(100, 8) == std::pair(2L, false));

  // One batch that is alone in its step counts as much as where nothing is accumulated.
  Network alone = make_network(*task, "resnet8", QuantMethod::none),
          accumulated = make_network(*task, "resnet8", QuantMethod::none);
  config.clip_norm = 0;
  TrainConfig single = config;
  single.accumulate = 1;
  Trainer first(alone, *task, single, 7), second(accumulated, *task, config, 7);
  for (int i = 0; i < 3; ++i) first.step(), second.step();
  restore(accumulated, capture(alone), "test");
  CHECK(second.step().gradient_norm == first.step().gradient_norm);
}

TEST_CASE("training_continues_between_accumulated_batches_bit_by_bit") {
  const std::unique_ptr<Task> task = image_task(small_images());
  TrainConfig config = short_training();
  config.accumulate = 3;
  Network whole = make_network(*task, "resnet8", QuantMethod::learned_scale_shift),
          fresh = make_network(*task, "resnet8", QuantMethod::learned_scale_shift);
  Trainer uninterrupted(whole, *task, config, 7);
  for (int i = 0; i < 2; ++i) uninterrupted.step();
  const Checkpoint checkpoint = capture_training(whole, uninterrupted);
  CHECK(!checkpoint.gradients.empty());
  uninterrupted.step();

  Trainer resumed(fresh, *task, config, 7);
  restore_training(fresh, resumed, checkpoint, "test");
  resumed.step();
  CHECK(differing(capture(whole), capture(fresh)) == std::vector<std::string>{});
}

TEST_CASE("training_depends_on_the_seed_alone") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network a = make_network(*task, "resnet8", QuantMethod::none),
          b = make_network(*task, "resnet8", QuantMethod::none);
  Trainer first(a, *task, short_training(), 7), second(b, *task, short_training(), 8);
  first.step(), second.step();
  CHECK(differing(capture(a), capture(b)).size() > 10);
}

TEST_CASE("training_continues_from_its_state_bit_by_bit") {
  const std::unique_ptr<Task> task = image_task(small_images());
  const auto whole = train(*task, "resnet8", QuantMethod::learned_scale_shift, 7);

  Network network = make_network(*task, "resnet8", QuantMethod::learned_scale_shift);
  Trainer before(network, *task, short_training(), 7);
  for (int i = 0; i < 6; ++i) before.step();  // beyond the first epoch of 4 batches
  const Checkpoint checkpoint = capture_training(network, before);

  Network fresh = make_network(*task, "resnet8", QuantMethod::learned_scale_shift);
  Trainer after(fresh, *task, short_training(), 7);
  restore_training(fresh, after, checkpoint, "test");
  after.step();
  CHECK(differing(whole, capture(fresh)) == std::vector<std::string>{});
  CHECK(after.state().epoch == before.state().epoch);
}

TEST_CASE("frozen_layers_keep_every_bit_while_the_others_learn_and_a_resumed_training_does_too") {
  const std::unique_ptr<Task> task = image_task(small_images());
  const auto frozen_network = [&] {
    Network network = make_network(*task, "resnet8", QuantMethod::learned_scale_shift);
    freeze(network, "layer1/*");
    return network;
  };
  Network network = frozen_network();
  const std::map<std::string, Tensor> first = capture(network);
  Trainer trainer(network, *task, short_training(), 7);
  for (int i = 0; i < 3; ++i) trainer.step();
  const Checkpoint checkpoint = capture_training(network, trainer);
  for (int i = 0; i < 3; ++i) trainer.step();
  const std::vector<std::string> changed = differing(first, capture(network));
  const auto in_layer1 = [](const std::string& name) { return name.starts_with("layer1/"); };
  CHECK(std::none_of(changed.begin(), changed.end(), in_layer1));
  for (const char* name : {"conv1/weight", "bn1/running_mean", "layer2/0/conv1/weight", "linear/bias"}) {
    INFO(name);
    CHECK(std::find(changed.begin(), changed.end(), name) != changed.end());
  }

  Network fresh = frozen_network();
  Trainer after(fresh, *task, short_training(), 7);
  restore_training(fresh, after, checkpoint, "test");
  for (int i = 0; i < 3; ++i) after.step();
  CHECK(differing(capture(network), capture(fresh)) == std::vector<std::string>{});
}

TEST_CASE("a_training_of_a_network_that_is_frozen_altogether_is_refused") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network network = make_network(*task, "mlp", QuantMethod::none);
  freeze(network, "*");
  CHECK_THROWS_WITH(Trainer(network, *task, short_training(), 7),
                    "train: found no parameter that learns, expected model.freeze to leave some");
}

TEST_CASE("sums_of_an_interrupted_epoch_come_back_from_checkpoints_old_and_new") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network network = make_network(*task, "resnet8", QuantMethod::none);
  Trainer before(network, *task, short_training(), 7);
  for (int i = 0; i < 3; ++i) before.step();
  Checkpoint checkpoint = capture_training(network, before);
  const std::vector<double> counts = before.state().sums.counts;
  REQUIRE(counts.size() == 1);
  Trainer after(network, *task, short_training(), 7);
  restore_training(network, after, checkpoint, "test");
  CHECK(after.state().sums.counts == counts);

  // Old programs knew correct answers only, and counted them in whole numbers.
  REQUIRE(checkpoint.scalars.erase("epoch_count_0") == 1);
  checkpoint.counters["epoch_correct"] = 17;
  restore_training(network, after, checkpoint, "test");
  CHECK(after.state().sums.counts == std::vector<double>{17});
}

TEST_CASE("every_quantizer_method_trains") {
  const std::unique_ptr<Task> task = image_task(small_images());
  for (const QuantMethod method : {QuantMethod::learned_scale_shift, QuantMethod::lsq, QuantMethod::lsq_plus,
                                   QuantMethod::pact, QuantMethod::dorefa}) {
    INFO(name(method));
    Network network = make_network(*task, "resnet8", method);
    TrainConfig config = short_training();
    config.epochs = 6;
    // DoReFa's weights reach ±1 in every layer, the last one included, which has no batch norm to tame them.
    config.learning_rate = method == QuantMethod::pact || method == QuantMethod::dorefa ? 0.002 : 0.05;
    Trainer trainer(network, *task, config, 1);
    double first = 0, last = 0;
    while (!trainer.finished()) {
      trainer.step();
      if (trainer.state().batch != 0) continue;
      const double loss = trainer.last_epoch().loss / static_cast<double>(trainer.last_epoch().samples);
      if (trainer.state().epoch == 1) first = loss;
      last = loss;
    }
    CHECK(last < first);
  }
}

TEST_CASE("training_names_the_parameter_that_is_not_finite") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network network = make_network(*task, "resnet8", QuantMethod::none);
  network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (path == "layer2/0/conv1/weight") value.mutable_value()[5] = std::numeric_limits<Real>::quiet_NaN();
  });
  Trainer trainer(network, *task, short_training(), 1);
  CHECK_THROWS_WITH(trainer.step(),
                    Catch::Contains("layer2/0/conv1/weight") && Catch::Contains("not finite"));
}

}  // namespace nibble::train_test
