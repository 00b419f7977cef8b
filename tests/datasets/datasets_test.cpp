#include "datasets/datasets.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/check.h"
#include "datasets/images/batches.h"
#include "tests/datasets/images/split_contents.h"
#include "tests/support/compare.h"
#include "tests/support/shared_data.h"
#include "tests/support/small_procedural.h"
#include "tests/support/temporary_directory.h"

namespace nibble::datasets_test {
namespace {

// Of a kind of text, with three small files.
DatasetOptions small_text(const TemporaryDirectory& directory) {
  write_file(directory / "train.txt", "the cat sat\nthe dog sat\n");
  write_file(directory / "valid.txt", "the cat\n");
  write_file(directory / "test.txt", "the dog\n");
  DatasetOptions options;
  options.kind = "text";
  options.path = directory.path().string();
  return options;
}

}  // namespace

TEST_CASE("open_images_makes_as_many_procedural_samples_as_asked_for") {
  const ImageSet data = open_images(small_procedural(20, 10));
  CHECK(data.name == "procedural");
  CHECK(data.train.size() == 20);
  CHECK(data.test.size() == 10);
  CHECK(data.sample_shape == Shape{16, 16, 3});
}

TEST_CASE("open_images_takes_mean_and_deviation_from_the_options") {
  DatasetOptions options = small_procedural(20, 10);
  options.mean = {0.5, 0.25, 0.125};
  options.std = {1, 2, 4};
  const ImageSet data = open_images(options);
  CHECK(data.mean == std::vector<float>{0.5f, 0.25f, 0.125f});
  CHECK(data.std == std::vector<float>{1, 2, 4});
  options.mean = {0.5};
  CHECK_THROWS_WITH(open_images(options),
                    "dataset: found 1 values of dataset.mean, expected 3, one per channel of procedural");
  options.mean.clear();
  options.std = {1, -1, 1};
  CHECK_THROWS_AS(open_images(options), Error);
}

TEST_CASE("open_images_suggests_the_kind_that_was_meant") {
  DatasetOptions options;
  options.kind = "cifar-10";
  CHECK_THROWS_WITH(open_images(options),
                    "dataset: found unknown kind 'cifar-10', expected one of procedural, cifar10, cifar100, "
                    "folder, imagenet, coco, darknet, procedural_text, ptb, text; did "
                    "you mean 'cifar10'?");
  options.kind = "openimages";
  CHECK_THROWS_WITH(
      open_images(options),
      "dataset: found unknown kind 'openimages', expected one of procedural, cifar10, cifar100, "
      "folder, imagenet, coco, darknet, procedural_text, ptb, text");
}

TEST_CASE("open_images_asks_for_the_path_of_files") {
  DatasetOptions options;
  options.kind = "cifar100";
  CHECK_THROWS_WITH(open_images(options),
                    "dataset: found no dataset.path, expected the directory of the cifar100 files");
  options.path = "/nonexistent";
  CHECK_THROWS_WITH(open_images(options),
                    Catch::StartsWith("/nonexistent/train.bin: No such file or directory; expected a file of "
                                      "153700000 bytes of cifar100"));
}

TEST_CASE("open_images_refuses_negative_counts") {
  DatasetOptions options = small_procedural(20, 10);
  options.test_samples = -1;
  CHECK_THROWS_WITH(
      open_images(options),
      "dataset: found dataset.train_samples 20 and dataset.test_samples -1, expected counts from 1, "
      "or 0 for all");
}

TEST_CASE("a_share_for_the_test_is_for_pictures_in_files_only") {
  CHECK_THROWS_WITH(
      open_images({.kind = "cifar10", .test_share = 0.1}),
      "dataset: found dataset.test_share 0.1, expected 0 for cifar10, which has a test split of its own");
  CHECK_THROWS_WITH(list_pictures({.kind = "cifar10"}),
                    "dataset: found kind 'cifar10', expected one of pictures in files: folder or imagenet");
}

TEST_CASE("CIFAR_is_scaled_to_the_size_that_the_network_reads") {
  CHECK(outline_dataset({.kind = "cifar10", .image_size = 64}).sample == Shape{64, 64, 3});
  CHECK(outline_dataset({.kind = "cifar10", .image_size = 32}).sample == Shape{32, 32, 3});
  const auto directory = cifar10_batches(
      {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"});
  if (!directory) return;  // cifar10_batches has said so
  DatasetOptions options;
  options.kind = "cifar10";
  options.path = directory->string();
  const ImageSet plain = open_images(options);
  CHECK(plain.fitting.shorter_side == 0);
  options.image_size = 64;
  options.interpolation = Interpolation::bicubic;
  const ImageSet images = open_images(options);
  CHECK(images.fingerprint == plain.fingerprint);
  const Array<std::uint8_t> small = images.test.make(3);
  Array<std::uint8_t> large({64, 64, 3});
  resample_plainly(view_of(small.data(), small.shape()), 64, 64, {0, 0, 64, 64}, Interpolation::bicubic,
                   large.data());
  Tensor expected({1, 64, 64, 3});
  normalize(large.data(), large.size(), pixel_table(images), expected.data());
  check_equal("image 3", batch_in_order(images, images.test, 3, 4).x, expected);
}

TEST_CASE("every_kind_of_dataset_is_described") {
  std::vector<std::string> images, texts;
  for (const DatasetKind& kind : dataset_kinds()) (kind.is_text ? texts : images).push_back(kind.name);
  CHECK(images == std::vector<std::string>{"procedural", "cifar10", "cifar100", "folder", "imagenet", "coco",
                                           "darknet"});
  CHECK(texts == std::vector<std::string>{"procedural_text", "ptb", "text"});
  for (const DatasetKind& kind : dataset_kinds()) CHECK(kind.description.size() > 20);
}

TEST_CASE("outline_dataset_needs_no_files_and_agrees_with_what_is_opened") {
  const DatasetOptions options = small_procedural(20, 10);
  const ImageSet data = open_images(options);
  CHECK(outline_dataset(options).sample == data.sample_shape);
  CHECK(outline_dataset(options).classes == data.classes());
  CHECK(outline_dataset({.kind = "cifar10"}).sample == Shape{32, 32, 3});
  CHECK(outline_dataset({.kind = "cifar100"}).classes == 100);
}

TEST_CASE("open_data_opens_images_and_texts") {
  const TemporaryDirectory directory;
  CHECK(std::get<ImageSet>(open_data(small_procedural(20, 10))).train.size() == 20);
  const Corpus corpus = std::get<Corpus>(open_data(small_text(directory)));
  CHECK(corpus.train.size() == 8);
  CHECK(corpus.vocabulary.size() == 5);
}

TEST_CASE("samples_of_a_text_are_tokens") {
  const TemporaryDirectory directory;
  DatasetOptions options = small_text(directory);
  options.train_samples = 5;
  options.test_samples = 2;
  const Corpus corpus = std::get<Corpus>(open_data(options));
  CHECK(corpus.train.size() == 5);
  CHECK(corpus.valid.size() == 2);
  CHECK(corpus.test.size() == 2);
  CHECK(corpus.vocabulary.size() == 5);
  options.train_samples = 9;
  CHECK_THROWS_WITH(open_data(options), Catch::StartsWith("dataset: found a request for the first 9 tokens"));
  options.kind = "procedural_text";  // made, not cut
  CHECK(std::get<Corpus>(open_data(options)).train.size() == 9);
}

TEST_CASE("open_data_hands_the_options_of_words_on") {
  const TemporaryDirectory directory;
  DatasetOptions options = small_text(directory);
  write_file(directory / "test.txt", "a bird\n");
  CHECK_THROWS_WITH(open_data(options),
                    Catch::Contains("test.txt:1: found 'a', expected words of the training"));
  options.unknown_words = UnknownWords::replace;
  CHECK(std::get<Corpus>(open_data(options)).vocabulary.size() == 6);
  options.max_vocabulary = 4;
  CHECK(std::get<Corpus>(open_data(options)).vocabulary.size() == 4);
  CHECK(outline_dataset(options).classes == 4);
}

TEST_CASE("a_share_of_the_training_images_becomes_a_validation_split") {
  DatasetOptions options = small_procedural(20, 10);
  const ImageSet whole = open_images(options);
  CHECK(whole.validation.empty());
  options.validation_share = 0.25;
  const ImageSet parted = open_images(options);
  CHECK(parted.train.size() == 15);
  CHECK(parted.validation.size() == 5);
  CHECK(parted.test.size() == 10);
  CHECK(parted.fingerprint == whole.fingerprint);
  std::set<std::string> seen;
  for (const Split* split : {&parted.train, &parted.validation}) {
    for (long i = 0; i < split->size(); ++i) seen.insert(bytes_of(*split, i));
  }
  std::set<std::string> all;
  for (long i = 0; i < 20; ++i) all.insert(bytes_of(whole.train, i));
  CHECK(seen == all);
  for (const double share : {-0.1, 1.0, 0.01}) {
    options.validation_share = share;
    CHECK_THROWS_WITH(open_images(options), Catch::StartsWith("dataset: found dataset.validation_share"));
  }
}

TEST_CASE("a_text_takes_no_share_for_validation") {
  const TemporaryDirectory directory;
  DatasetOptions options = small_text(directory);
  options.validation_share = 0.1;
  CHECK_THROWS_WITH(
      open_data(options),
      "dataset: found dataset.validation_share 0.1, expected 0 for text, which has a validation split "
      "of its own");
}

TEST_CASE("open_images_refuses_text_without_reading_it") {
  CHECK_THROWS_WITH(open_images({.kind = "ptb", .path = "/nonexistent"}),
                    "dataset: found kind 'ptb', which is text, expected images: one of procedural, cifar10, "
                    "cifar100, folder, imagenet, coco, darknet");
}

TEST_CASE("open_data_refuses_statistics_of_a_text") {
  DatasetOptions options;
  options.kind = "procedural_text";
  options.std = {1};
  CHECK_THROWS_WITH(
      open_data(options),
      "dataset: found dataset.mean or dataset.std, expected none for procedural_text, whose words have "
      "no channels");
}

TEST_CASE("the_outline_of_a_text_agrees_with_what_is_opened") {
  const TemporaryDirectory directory;
  DatasetOptions options = small_text(directory);
  for (const std::string kind : {"text", "procedural_text"}) {
    options.kind = kind;
    CHECK(outline_dataset(options).sample == Shape{1});
    CHECK(outline_dataset(options).classes == std::get<Corpus>(open_data(options)).vocabulary.size());
  }
  options.kind = "text";
  options.path.clear();
  CHECK_THROWS_WITH(outline_dataset(options),
                    "dataset: found no dataset.path, expected the directory of the text files");
}

TEST_CASE("the_outline_of_ptb_needs_no_files_while_they_must_be_the_official_ones") {
  CHECK(outline_dataset({.kind = "ptb"}).sample == Shape{1});
  CHECK(outline_dataset({.kind = "ptb"}).classes == 10'000);
  CHECK_THROWS_WITH(outline_dataset({.kind = "ptb", .max_vocabulary = 2}),
                    Catch::StartsWith("dataset: found dataset.max_vocabulary 2, expected 0 for all words"));
  CHECK_THROWS_WITH(outline_dataset({.kind = "ptb", .path = "/nonexistent", .verify = false}),
                    Catch::StartsWith("/nonexistent/ptb.train.txt: No such file or directory"));
  const auto file = shared_data("ptb/ptb.train.txt");
  if (!file) return;  // shared_data has said so
  DatasetOptions options;
  options.kind = "ptb";
  options.path = file->parent_path().string();
  options.train_samples = 1000;
  for (const long limit : {0L, 500L, 20'000L}) {
    options.max_vocabulary = limit;
    CHECK(outline_dataset(options).classes == std::get<Corpus>(open_data(options)).vocabulary.size());
  }
}

}  // namespace nibble::datasets_test
