// What the task of labelled images answers.

#include <catch2/catch.hpp>
#include <cstring>

#include "experiments/tasks/task.h"

using namespace nibble;

namespace {

std::unique_ptr<Task> images() {
  DatasetOptions options;
  options.image_size = 16;
  options.train_samples = 64;
  options.test_samples = 8;
  return make_task(open_data(options));
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
