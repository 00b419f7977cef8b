#include "experiments/profile/step_profiler.h"

#include <catch2/catch.hpp>
#include <cstring>

#include "experiments/training/checkpoint.h"
#include "experiments/training/train.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

using namespace nibble;

namespace {

ImageSet small_images() {
  DatasetOptions options;
  options.image_size = 16;
  options.train_samples = 64;
  options.test_samples = 16;
  return open_images(options);
}

Network quantized(const Task& task, const std::string& kind, QuantMethod method) {
  Network network = build_model({.kind = kind}, task.sample_shape(), task.classes(), Rng(3));
  QuantPolicy policy;
  policy.method = method;
  if (method == QuantMethod::pact) policy.weight_granularity = Granularity::tensor;
  quantize(network, policy);
  initialize_quantizers(network, task.calibration_sample(32).x);
  return network;
}

TrainConfig small_batches() {
  TrainConfig config;
  config.batch = 16;
  return config;
}

const ProfileRow* row_of(const StepProfile& profile, const std::string& node) {
  for (const ProfileRow& row : profile.rows)
    if (row.node == node) return &row;
  return nullptr;
}

}  // namespace

TEST_CASE("profiled_steps_are_the_same_bits") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network plain = quantized(*task, "resnet8", QuantMethod::learned_scale_shift);
  Network watched = quantized(*task, "resnet8", QuantMethod::learned_scale_shift);
  Trainer first(plain, *task, small_batches(), 7), second(watched, *task, small_batches(), 7);
  StepProfiler profiler(watched);
  for (int i = 0; i < 3; ++i) {
    CHECK(first.step().loss == second.step(&profiler).loss);
  }
  const auto a = capture(plain), b = capture(watched);
  REQUIRE(a.size() == b.size());
  for (const auto& [name, values] : a) {
    INFO(name);
    CHECK(std::memcmp(values.data(), b.at(name).data(),
                      static_cast<std::size_t>(values.size()) * sizeof(Real)) == 0);
  }
}

TEST_CASE("profile_loses_no_time_and_shows_every_layer_once") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network network = quantized(*task, "resnet8", QuantMethod::learned_scale_shift);
  Trainer trainer(network, *task, small_batches(), 7);
  StepProfiler profiler(network);
  trainer.step(&profiler);
  const StepProfile profile = profiler.profile(16, trainer.gradients());
  CHECK(profile.seconds() == Approx(profile.step_seconds));  // of one step every cell is its own median

  std::size_t layers = 0;
  for (const ProfileRow& row : profile.rows) {
    INFO(row.node << " " << row.layers);
    layers += static_cast<std::size_t>(std::count(row.layers.begin(), row.layers.end(), '+')) + 1;
    CHECK(row.forward.seconds > 0);
  }
  CHECK(layers == network.nodes().size() - 1);  // but the input

  const ProfileRow* const conv = row_of(profile, "layer1/0/conv1");
  REQUIRE(conv != nullptr);
  CHECK(conv->kind == ProfileKind::convolution);
  CHECK(conv->forward.quantizer_seconds > 0);
  CHECK(conv->backward.quantizer_seconds > 0);
  CHECK(conv->backward.seconds > conv->backward.quantizer_seconds);
  const ProfileRow* const chain = row_of(profile, "layer1/0/bn1");
  REQUIRE(chain != nullptr);
  CHECK(chain->layers == "batch_norm+relu+quantizer");
  CHECK(chain->kind == ProfileKind::quantizing_chain);
  CHECK(chain->backward.seconds > 0);
}

TEST_CASE("profile_shows_layers_that_cannot_be_a_chain_by_themselves") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network network = quantized(*task, "resnet8", QuantMethod::pact);  // no plain grid
  Trainer trainer(network, *task, small_batches(), 7);
  StepProfiler profiler(network);
  trainer.step(&profiler);
  const StepProfile profile = profiler.profile(16, trainer.gradients());
  bool found = false;
  for (const ProfileRow& row : profile.rows) found = found || row.kind == ProfileKind::quantizers;
  CHECK(found);
  CHECK(profile.seconds() == Approx(profile.step_seconds));
}

TEST_CASE("profile_tells_depthwise_convolutions_from_others") {
  const std::unique_ptr<Task> task = image_task(small_images());
  Network network(Rng(3));
  NodeRef x = network.add("conv", Conv2dOptions{.out_channels = 4},
                          {network.add_input("input", task->sample_shape())});
  x = network.add("depthwise", Conv2dOptions{.out_channels = 4, .groups = 4}, {x});
  x = network.add("pool", GlobalPoolOptions{}, {x});
  network.add("linear", LinearOptions{.out_features = task->classes()}, {x});
  Trainer trainer(network, *task, small_batches(), 7);
  StepProfiler profiler(network);
  trainer.step(&profiler);
  const StepProfile profile = profiler.profile(16, trainer.gradients());
  REQUIRE(profile.rows.size() == 4);
  CHECK(profile.rows[0].kind == ProfileKind::convolution);
  CHECK(profile.rows[1].kind == ProfileKind::depthwise_convolution);
  CHECK(profile.rows[1].layers == "depthwise_conv2d");
  CHECK(profile.rows[2].kind == ProfileKind::other_layers);
  CHECK(profile.rows[3].kind == ProfileKind::linear);
}
