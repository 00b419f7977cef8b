#include "datasets/datasets.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/check.h"

using namespace nibble;

namespace {

DatasetOptions small_procedural() {
  DatasetOptions options;
  options.train_samples = 20;
  options.test_samples = 10;
  options.image_size = 16;
  return options;
}

}  // namespace

TEST_CASE("open_dataset_makes_as_many_procedural_samples_as_asked_for") {
  const Dataset data = open_dataset(small_procedural());
  CHECK(data.name == "procedural");
  CHECK(data.train.size() == 20);
  CHECK(data.test.size() == 10);
  CHECK(data.sample_shape() == Shape{16, 16, 3});
}

TEST_CASE("open_dataset_takes_mean_and_deviation_from_the_options") {
  DatasetOptions options = small_procedural();
  options.mean = {0.5, 0.25, 0.125};
  options.std = {1, 2, 4};
  const Dataset data = open_dataset(options);
  CHECK(data.mean == std::vector<float>{0.5f, 0.25f, 0.125f});
  CHECK(data.std == std::vector<float>{1, 2, 4});
  options.mean = {0.5};
  CHECK_THROWS_WITH(open_dataset(options),
                    "dataset: found 1 values of dataset.mean, expected 3, one per channel of procedural");
  options.mean.clear();
  options.std = {1, -1, 1};
  CHECK_THROWS_AS(open_dataset(options), Error);
}

TEST_CASE("open_dataset_suggests_the_kind_that_was_meant") {
  DatasetOptions options;
  options.kind = "cifar-10";
  CHECK_THROWS_WITH(
      open_dataset(options),
      "dataset: found unknown kind 'cifar-10', expected one of procedural, cifar10, cifar100; did "
      "you mean 'cifar10'?");
  options.kind = "imagenet";
  CHECK_THROWS_WITH(open_dataset(options),
                    "dataset: found unknown kind 'imagenet', expected one of procedural, cifar10, cifar100");
}

TEST_CASE("open_dataset_asks_for_the_path_of_files") {
  DatasetOptions options;
  options.kind = "cifar100";
  CHECK_THROWS_WITH(open_dataset(options),
                    "dataset: found no dataset.path, expected the directory of the cifar100 files");
  options.path = "/nonexistent";
  CHECK_THROWS_WITH(open_dataset(options),
                    Catch::StartsWith("/nonexistent/train.bin: No such file or directory; expected a file of "
                                      "153700000 bytes of cifar100"));
}

TEST_CASE("open_dataset_refuses_negative_counts") {
  DatasetOptions options = small_procedural();
  options.test_samples = -1;
  CHECK_THROWS_WITH(
      open_dataset(options),
      "dataset: found dataset.train_samples 20 and dataset.test_samples -1, expected counts from 1, "
      "or 0 for all");
}

TEST_CASE("every_kind_of_dataset_is_described") {
  REQUIRE(dataset_kinds().size() == 3);
  for (const DatasetKind& kind : dataset_kinds()) CHECK(kind.description.size() > 20);
}

TEST_CASE("outline_dataset_needs_no_files_and_agrees_with_what_is_opened") {
  const DatasetOptions options = small_procedural();
  const Dataset data = open_dataset(options);
  CHECK(outline_dataset(options).sample == data.sample_shape());
  CHECK(outline_dataset(options).classes == data.classes());
  CHECK(outline_dataset({.kind = "cifar10"}).sample == Shape{32, 32, 3});
  CHECK(outline_dataset({.kind = "cifar100"}).classes == 100);
}
