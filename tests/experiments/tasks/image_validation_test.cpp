#include <algorithm>
#include <catch2/catch.hpp>

#include "core/check.h"
#include "core/random.h"
#include "experiments/tasks/task.h"
#include "layers/models/models.h"

using namespace nibble;

namespace {

std::unique_ptr<Task> small_task(double validation_share) {
  DatasetOptions options;
  options.image_size = 16;
  options.train_samples = 40;
  options.test_samples = 16;
  options.validation_share = validation_share;
  return image_task(open_images(options));
}

}  // namespace

TEST_CASE("images_are_judged_on_validation_during_training_where_there_is_a_share_for_it") {
  const auto whole = small_task(0), parted = small_task(0.25);
  CHECK(whole->outline().watched == "test");
  CHECK(parted->outline().watched == "valid");
  CHECK(whole->describe() == "procedural: 40 images to learn from, 16 of test; 10 classes");
  CHECK(parted->describe() == "procedural: 30 images to learn from, 10 of valid, 16 of test; 10 classes");
  CHECK(whole->describe_evaluation() == "16 test images of procedural");
  CHECK(parted->describe_evaluation() == "10 validation and 16 test images of procedural");

  Network network = build_model({.kind = "mlp"}, whole->sample_shape(), whole->classes(), Rng(1));
  const Evaluation test = whole->evaluate(network, EvaluationSplit::test);
  CHECK(whole->evaluate(network, EvaluationSplit::watched).loss == test.loss);
  CHECK(parted->evaluate(network, EvaluationSplit::test).loss == test.loss);
  const Evaluation watched = parted->evaluate(network, EvaluationSplit::watched);
  CHECK(watched.samples == 10);
  CHECK(watched.loss != test.loss);
}

TEST_CASE("prefetch_threads_change_no_batch") {
  const auto task = small_task(0);
  TrainConfig config;
  config.batch = 8;
  const auto one = task->training_batches(config, 3);
  config.prefetch_threads = 4;
  const auto four = task->training_batches(config, 3);
  for (int i = 0; i < 12; ++i) {
    const Batch a = one->next(), b = four->next();
    REQUIRE(std::equal(a.x.begin(), a.x.end(), b.x.begin(), b.x.end()));
  }
}

TEST_CASE("the_loss_of_images_refuses_boxes") {
  const auto task = small_task(0);
  const Batch batch{Tensor({1, 16, 16, 3}), BoxTargets{{{}}}};
  CHECK_THROWS_WITH(
      task->loss(Var(Tensor({1, 10})), batch, 0),
      "image task: found boxes as the targets of a batch, expected a class or a word for each row");
}
