#include "experiments/profile/step_profiler.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "experiments/training/checkpoint.h"
#include "experiments/training/train.h"
#include "tests/support/small_network.h"
#include "tests/support/small_procedural.h"

namespace nibble::step_profiler_test {
namespace {

ImageSet small_images() { return open_images(small_procedural(64, 16)); }

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
  Network plain = small_network(*task, {.kind = "resnet8"}, QuantMethod::learned_scale_shift);
  Network watched = small_network(*task, {.kind = "resnet8"}, QuantMethod::learned_scale_shift);
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
  Network network = small_network(*task, {.kind = "resnet8"}, QuantMethod::learned_scale_shift);
  Trainer trainer(network, *task, small_batches(), 7);
  StepProfiler profiler(network);
  trainer.step(&profiler);
  const StepProfile profile = profiler.profile(16);
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
  Network network = small_network(*task, {.kind = "resnet8"}, QuantMethod::pact);  // no plain grid
  Trainer trainer(network, *task, small_batches(), 7);
  StepProfiler profiler(network);
  trainer.step(&profiler);
  const StepProfile profile = profiler.profile(16);
  bool found = false;
  for (const ProfileRow& row : profile.rows) found = found || row.kind == ProfileKind::quantizers;
  CHECK(found);
  CHECK(profile.seconds() == Approx(profile.step_seconds));
}

TEST_CASE("profile_finds_an_op_again_whatever_it_is_called") {
  Network network(Rng(3));
  network.add("linear", LinearOptions{.out_features = 2}, {network.add_input("input", {3})});
  StepProfiler profiler(network);
  network.forward(Tensor({1, 3}), {.training = true});  // the plan that the profile reads
  const Var weight(Tensor({1}), true);
  // An op that takes a while, both ways.
  const auto slow = [](const char* name, const Var& x) {
    const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); };
    wait();
    return record(name, {x}, x.value().clone(), [wait](const Tensor& dy, Gradients& into) {
      wait();
      into.add(0, dy);
    });
  };
  const std::size_t linear = 1;
  profiler.begin(StepPart::data);
  profiler.begin(StepPart::forward);
  WalkListener::tell({&linear, 1});
  Var y = weight;
  {
    const WeightQuantizing begins_and_ends;
    y = slow("a quantizer under a new name", y);
  }
  y = slow("fake_quantize", y);  // the name of a quantizer, but none
  profiler.begin(StepPart::backward);
  backward(y);
  profiler.end();
  const StepProfile profile = profiler.profile(1);
  REQUIRE(profile.rows.size() == 1);
  for (const PassProfile& pass : {profile.rows[0].forward, profile.rows[0].backward}) {
    CHECK(pass.quantizer_seconds >= 0.005);
    CHECK(pass.quantizer_seconds <= pass.seconds - 0.005);
  }
  CHECK(profile.seconds() == Approx(profile.step_seconds));
}

TEST_CASE("profile_finds_the_weight_quantizers_of_every_method_and_layer") {
  const std::unique_ptr<Task> task = image_task(small_images());
  for (const QuantMethod method : {QuantMethod::learned_scale_shift, QuantMethod::lsq, QuantMethod::lsq_plus,
                                   QuantMethod::pact, QuantMethod::dorefa}) {
    Network network = small_network(*task, {.kind = "resnet8"}, method);
    Trainer trainer(network, *task, small_batches(), 7);
    StepProfiler profiler(network);
    trainer.step(&profiler);
    const StepProfile profile = profiler.profile(16);
    for (const ProfileRow& row : profile.rows) {
      INFO(static_cast<int>(method) << " " << row.node);
      const bool weights = row.kind == ProfileKind::convolution || row.kind == ProfileKind::linear;
      CHECK((row.forward.quantizer_seconds > 0) == weights);
      CHECK((row.backward.quantizer_seconds > 0) == weights);
    }
  }
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
  const StepProfile profile = profiler.profile(16);
  REQUIRE(profile.rows.size() == 4);
  CHECK(profile.rows[0].kind == ProfileKind::convolution);
  CHECK(profile.rows[1].kind == ProfileKind::depthwise_convolution);
  CHECK(profile.rows[1].layers == "depthwise_conv2d");
  CHECK(profile.rows[2].kind == ProfileKind::other_layers);
  CHECK(profile.rows[3].kind == ProfileKind::linear);
}

}  // namespace nibble::step_profiler_test
