// What the task of labelled images answers.

#include <catch2/catch.hpp>
#include <cstring>

#include "datasets/datasets.h"
#include "edge/lower/lower.h"
#include "experiments/tasks/task.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble::image_task_test {
namespace {

DatasetOptions small_images() {
  DatasetOptions options;
  options.image_size = 16;
  options.train_samples = 64;
  options.test_samples = 8;
  return options;
}

std::unique_ptr<Task> images(double validation_share = 0) {
  DatasetOptions options = small_images();
  options.validation_share = validation_share;
  return make_task(open_data(options), {});
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(Real)) == 0;
}

}  // namespace

TEST_CASE("batches_of_images_have_the_size_seed_and_augmentation_of_the_config") {
  const std::unique_ptr<Task> task = images();
  TrainConfig train;
  train.batch = 24;
  const auto first = [&](std::uint64_t seed) { return task->training_batches(train, seed)->next().x; };
  CHECK(first(3).shape() == Shape{24, 16, 16, 3});
  CHECK(task->training_batches(train, 3)->batches_per_epoch() == 2);  // the last eight images are left out
  CHECK(same_bits(first(3), first(3)));
  CHECK_FALSE(same_bits(first(3), first(4)));
  const Tensor augmented = first(3);
  train.augment = false;
  CHECK_FALSE(same_bits(first(3), augmented));
  train.drop_last = false;
  CHECK(task->training_batches(train, 3)->batches_per_epoch() == 3);
}

TEST_CASE("top1_of_a_stretch_of_training_is_the_share_of_correct_answers") {
  const std::unique_ptr<Task> task = images();
  CHECK(task->outline() == image_outline());
  CHECK(task->training_metrics(2.5, {30}, 40) == std::vector<double>{75});
}

TEST_CASE("images_have_no_words_to_generate") {
  CHECK_THROWS_WITH(images()->words_to_generate(),
                    "generate: found a run on images, expected a language model");
}

TEST_CASE("images_are_judged_on_validation_during_training_where_there_is_a_share_for_it") {
  const std::unique_ptr<Task> whole = images(), parted = images(0.25);
  CHECK(whole->outline().watched == "test");
  CHECK(parted->outline().watched == "valid");
  CHECK(whole->describe() == "procedural: 64 images to learn from, 8 of test; 10 classes");
  CHECK(parted->describe() == "procedural: 48 images to learn from, 16 of valid, 8 of test; 10 classes");
  CHECK(whole->describe_evaluation() == "8 test images of procedural");
  CHECK(parted->describe_evaluation() == "16 validation and 8 test images of procedural");

  Network network = build_model({.kind = "mlp"}, whole->sample_shape(), whole->classes(), Rng(1));
  const Evaluation test = whole->evaluate(network, EvaluationSplit::test);
  CHECK(whole->evaluate(network, EvaluationSplit::watched).loss == test.loss);
  CHECK(parted->evaluate(network, EvaluationSplit::test).loss == test.loss);
  const Evaluation watched = parted->evaluate(network, EvaluationSplit::watched);
  CHECK(watched.samples == 16);
  CHECK(watched.loss != test.loss);
}

TEST_CASE("prefetch_threads_change_no_batch") {
  const std::unique_ptr<Task> task = images();
  TrainConfig config;
  config.batch = 8;
  const auto one = task->training_batches(config, 3);
  config.prefetch_threads = 4;
  const auto four = task->training_batches(config, 3);
  for (int i = 0; i < 20; ++i) {
    const Batch a = one->next(), b = four->next();
    REQUIRE(same_bits(a.x, b.x));
  }
}

TEST_CASE("an_export_of_images_packs_the_code_of_every_byte_and_what_stands_behind_it") {
  DatasetOptions options = small_images();
  options.mean = {0.1, 0.2, 0.3};
  options.std = {0.5, 0.25, 1};
  const ImageSet data = open_images(options);
  const std::unique_ptr<Task> task = image_task(data);
  Network network = build_model({.kind = "mlp"}, task->sample_shape(), task->classes(), Rng(1));
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  quantize(network, policy);
  initialize_quantizers(network, task->calibration_sample(64).x);
  const edge::IntegerGraph graph = edge::lower(network);
  edge::EmitOptions packed;
  task->pack(graph, packed);
  CHECK(packed.pixels.channels == std::vector<std::string>{"red", "green", "blue"});
  CHECK(packed.pixels.mean == std::vector<float>{0.1f, 0.2f, 0.3f});
  CHECK(packed.pixels.std == std::vector<float>{0.5f, 0.25f, 1});
  CHECK(packed.classes == task->class_names());
  // The table makes the same codes of an image's bytes as the way through numbers.
  const long row = packed.samples.shape().row();
  for (long n = 0; n < packed.samples.shape()[0]; ++n) {
    const Array<std::uint8_t> bytes = data.test.make(n);
    REQUIRE(bytes.size() == row);
    for (long i = 0; i < row; ++i)
      REQUIRE(packed.samples[n * row + i] ==
              packed.pixels.table[static_cast<std::size_t>(256 * (i % 3) + bytes[i])]);
  }
}

TEST_CASE("the_loss_of_images_refuses_boxes") {
  const std::unique_ptr<Task> task = images();
  const Batch batch{Tensor({1, 16, 16, 3}), BoxTargets{{{}}}};
  CHECK_THROWS_WITH(
      task->loss({Var(Tensor({1, 10}))}, batch, 0),
      "image task: found boxes as the targets of a batch, expected a class or a word for each row");
}

TEST_CASE("the_first_images_of_a_split_come_with_their_labels_as_many_as_there_are") {
  const std::unique_ptr<Task> task = images(0.25);
  const auto first = [&](EvaluationSplit split, long rows) {
    const std::vector<JudgedSample> samples = task->judged_samples(split, rows);
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].sequences == 0);
    CHECK(categories(samples[0].batch.targets, "test").size() == samples[0].batch.x.shape()[0]);
    return samples[0].batch.x;
  };
  CHECK(first(EvaluationSplit::test, 5).shape() == Shape{5, 16, 16, 3});
  CHECK(first(EvaluationSplit::test, 100).shape() == Shape{8, 16, 16, 3});
  CHECK(first(EvaluationSplit::watched, 100).shape() == Shape{16, 16, 16, 3});
  CHECK_FALSE(same_bits(first(EvaluationSplit::test, 5), first(EvaluationSplit::watched, 5)));
}

}  // namespace nibble::image_task_test
