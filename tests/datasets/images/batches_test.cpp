#include "datasets/images/batches.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/check.h"
#include "datasets/files/digest.h"
#include "datasets/images/images_in_memory.h"

namespace nibble::batches_test {
namespace {

// n images of 6 x 6, sample i with label i; pixels tell samples and places apart.
ImageSet counted(long n) {
  Array<std::uint8_t> pixels({n, 6, 6, 3});
  Array<int> labels({n});
  for (long i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 108);
  for (long i = 0; i < n; ++i) labels[i] = static_cast<int>(i);
  ImageSet images;
  images.name = "counted";
  images.sample_shape = {6, 6, 3};
  images.train = images.test = split_in_memory(pixels, labels);
  images.class_names.resize(static_cast<std::size_t>(n));
  images.mean = kImageNetMean;
  images.std = kImageNetStd;
  return images;
}

std::vector<int> labels(const Batch& batch) {
  const Array<int>& array = categories(batch.targets, "test");
  return {array.begin(), array.end()};
}

bool same(const Batch& a, const Batch& b) {
  return a.x.shape() == b.x.shape() && std::equal(a.x.begin(), a.x.end(), b.x.begin()) &&
         labels(a) == labels(b);
}

// One row of a batch, as a batch.
Batch row(const Batch& batch, long i) {
  return {batch.x.rows(i, i + 1), ClassTargets{categories(batch.targets, "test").rows(i, i + 1)}};
}

std::vector<int> labels_of_next_epoch(TrainingBatches& batches) {
  std::vector<int> all;
  for (long b = 0; b < batches.batches_per_epoch(); ++b) {
    const std::vector<int> next = labels(batches.next());
    all.insert(all.end(), next.begin(), next.end());
  }
  return all;
}

std::vector<int> sorted(std::vector<int> values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

TEST_CASE("batch_in_order_normalizes_the_samples_of_its_range") {
  const ImageSet data = counted(10);
  const std::vector<Real> table = pixel_table(data);
  const Batch batch = batch_in_order(data, data.test, 4, 7);
  REQUIRE(batch.x.shape() == Shape{3, 6, 6, 3});
  CHECK(labels(batch) == std::vector<int>{4, 5, 6});
  for (long i = 0; i < batch.x.size(); ++i) {
    const std::uint8_t pixel = data.test.make(4 + i / 108)[i % 108];
    REQUIRE(batch.x[i] == table[static_cast<std::size_t>(256 * (i % 3) + pixel)]);
  }
  CHECK_THROWS_WITH(batch_in_order(data, data.test, 4, 11),
                    "batch_in_order: found samples 4 to 11, expected a range within 0 to 10");
}

TEST_CASE("samples_in_order_are_augmented_by_their_own_numbers") {
  const ImageSet data = counted(40);
  const Augmentation augmentation{.pad = 2};
  const Rng rng(3);
  const Batch all = augmented_in_order(data, data.train, 0, 40, augmentation, rng);
  CHECK(labels(all) == labels(batch_in_order(data, data.train, 0, 40)));
  CHECK(same(augmented_in_order(data, data.train, 17, 18, augmentation, rng), row(all, 17)));
  CHECK(same(augmented_in_order(data, data.train, 0, 40, {.pad = 0, .flip = false}, rng),
             batch_in_order(data, data.train, 0, 40)));
  long as_stored = 0, as_other = 0;
  const Batch other = augmented_in_order(data, data.train, 0, 40, augmentation, Rng(4));
  for (long i = 0; i < 40; ++i) {
    as_stored += same(row(all, i), batch_in_order(data, data.train, i, i + 1));
    as_other += same(row(all, i), row(other, i));
  }
  CHECK(as_stored < 8);  // one of 50 places, on average
  CHECK(as_other < 8);
}

TEST_CASE("an_epoch_holds_every_sample_once_in_an_order_of_its_own") {
  TrainingBatches batches(counted(50), {.batch_size = 8});
  REQUIRE(batches.batches_per_epoch() == 7);
  const std::vector<int> first = labels_of_next_epoch(batches), second = labels_of_next_epoch(batches);
  std::vector<int> all(50);
  for (int i = 0; i < 50; ++i) all[static_cast<std::size_t>(i)] = i;
  CHECK(sorted(first) == all);
  CHECK(sorted(second) == all);
  CHECK(first != all);
  CHECK(first != second);
}

TEST_CASE("the_last_batch_is_smaller_or_dropped") {
  TrainingBatches kept(counted(50), {.batch_size = 8}),
      dropped(counted(50), {.batch_size = 8, .drop_last = true});
  CHECK(dropped.batches_per_epoch() == 6);
  CHECK(labels_of_next_epoch(dropped).size() == 48);
  for (int b = 0; b < 6; ++b) CHECK(labels(kept.next()).size() == 8);
  CHECK(labels(kept.next()).size() == 2);
  CHECK(kept.position() == BatchPosition{1, 0});
}

TEST_CASE("the_seed_decides_order_and_augmentation") {
  const ImageSet data = counted(40);
  TrainingBatches a(data, {.batch_size = 8, .seed = 5}), b(data, {.batch_size = 8, .seed = 5}),
      c(data, {.batch_size = 8, .seed = 6});
  const Batch from_a = a.next();
  CHECK(same(from_a, b.next()));
  CHECK_FALSE(same(from_a, c.next()));
}

TEST_CASE("batches_do_not_depend_on_prefetching") {
  const ImageSet data = counted(40);
  for (const auto& [threads, ahead] : {std::pair{1, 1}, {1, 3}, {2, 4}, {4, 6}, {8, 10}}) {
    TrainingBatches plain(data, {.batch_size = 16, .prefetch = {.ahead = 0}}),
        prefetched(data, {.batch_size = 16, .prefetch = {.threads = threads, .ahead = ahead}});
    INFO(threads << " threads, " << ahead << " batches in flight");
    for (int i = 0; i < 30; ++i) REQUIRE(same(plain.next(), prefetched.next()));
  }
}

// The digest of three epochs, recorded: a change of it changes every run.
TEST_CASE("the_draws_of_order_and_augmentation_are_these") {
  ImageSet data = counted(50);
  data.mean = {0, 0, 0};
  data.std = {1, 1, 1};
  TrainingBatches batches(data, {.batch_size = 8, .augmentation = {.pad = 2, .flip = true}, .seed = 5});
  Md5 md5;
  for (int i = 0; i < 21; ++i) {
    const Batch batch = batches.next();
    std::string bytes;
    for (const Real x : batch.x) bytes += static_cast<char>(static_cast<int>(255 * x + Real(0.5)));
    for (const int label : labels(batch)) bytes += static_cast<char>(label);
    md5.update(bytes.data(), bytes.size());
  }
  CHECK(md5.hex() == "0a66f50ac3d163945b5148e74a8bd615");
}

TEST_CASE("a_samples_augmentation_does_not_depend_on_its_batch") {
  const ImageSet data = counted(40);
  TrainingBatches small(data, {.batch_size = 4}), large(data, {.batch_size = 40});
  const Batch whole = large.next();  // the same order, as it does not depend on the batch size either
  for (long b = 0; b < 10; ++b) {
    const Batch part = small.next();
    for (long i = 0; i < 4; ++i) REQUIRE(same(row(part, i), row(whole, 4 * b + i)));
  }
}

TEST_CASE("without_augmentation_a_sample_is_what_evaluation_sees") {
  const ImageSet data = counted(40);
  TrainingBatches batches(data, {.batch_size = 40, .augmentation = {.pad = 0, .flip = false}});
  const Batch batch = batches.next();
  for (long i = 0; i < 40; ++i) {
    const long index = labels(batch)[static_cast<std::size_t>(i)];
    REQUIRE(same(row(batch, i), batch_in_order(data, data.train, index, index + 1)));
  }
}

TEST_CASE("padding_is_raw_black_as_in_torchvision") {
  ImageSet data = counted(64);
  Array<std::uint8_t> white({64, 6, 6, 3});
  white.fill(255);
  data.train = split_in_memory(white, Array<int>({64}));  // what is not white came from the padding
  const std::vector<Real> table = pixel_table(data);
  TrainingBatches batches(data, {.batch_size = 64, .augmentation = {.pad = 2, .flip = false}});
  const Batch batch = batches.next();
  std::set<Real> seen(batch.x.begin(), batch.x.end());
  CHECK(seen == std::set<Real>{table[0], table[255], table[256], table[511], table[512], table[767]});
}

TEST_CASE("augmentation_changes_between_epochs") {
  const ImageSet data = counted(40);
  TrainingBatches batches(data, {.batch_size = 40});
  std::vector<std::vector<Real>> of_sample_7;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const Batch batch = batches.next();
    const std::vector<int> found = labels(batch);
    const Tensor x = row(batch, std::find(found.begin(), found.end(), 7) - found.begin()).x;
    of_sample_7.emplace_back(x.begin(), x.end());
  }
  CHECK(std::set<std::vector<Real>>(of_sample_7.begin(), of_sample_7.end()).size() >= 3);
}

TEST_CASE("seek_resumes_with_the_batches_of_an_uninterrupted_run") {
  const ImageSet data = counted(50);
  TrainingBatches uninterrupted(data, {.batch_size = 8, .seed = 3});
  std::vector<BatchPosition> positions;
  std::vector<Batch> batches;
  for (int i = 0; i < 20; ++i) {  // 7 an epoch: into the third
    positions.push_back(uninterrupted.position());
    batches.push_back(uninterrupted.next());
  }
  CHECK(positions[13] == BatchPosition{1, 6});
  CHECK(positions[14] == BatchPosition{2, 0});
  for (const int threads : {1, 2, 4, 8}) {
    TrainingBatches resumed(
        data, {.batch_size = 8, .seed = 3, .prefetch = {.threads = threads, .ahead = threads + 2}});
    for (const std::size_t from : {std::size_t{13}, std::size_t{6}, std::size_t{0}, std::size_t{15}}) {
      resumed.seek(positions[from]);
      for (std::size_t i = from; i < batches.size(); ++i) {
        REQUIRE(resumed.position() == positions[i]);
        REQUIRE(same(resumed.next(), batches[i]));
      }
    }
  }
}

TEST_CASE("training_batches_refuse_unusable_options_and_positions") {
  const ImageSet data = counted(50);
  CHECK_THROWS_WITH(
      TrainingBatches(data, {.batch_size = 51}),
      "training batches: found batch size 51, expected 1 to the 50 samples of the training split");
  CHECK_THROWS_AS(TrainingBatches(data, {.batch_size = 0}), Error);
  CHECK_THROWS_WITH(TrainingBatches(data, {.batch_size = 5, .augmentation = {.pad = -1}}),
                    "training batches: found padding -1, expected at least 0");
  CHECK_THROWS_AS(TrainingBatches(data, {.batch_size = 5, .prefetch = {.ahead = -1}}), Error);
  TrainingBatches batches(data, {.batch_size = 8});
  CHECK_THROWS_WITH(batches.seek({0, 7}),
                    "training batches: found position epoch 0, batch 7, expected an epoch from 0 and a batch "
                    "from 0 to 6");
  CHECK_THROWS_AS(batches.seek({-1, 0}), Error);
}

TEST_CASE("sizes_of_the_window_are_drawn_by_the_number_of_the_batch_alone") {
  const ImageSet images = counted(12);
  TrainingBatchOptions options{.batch_size = 4, .sizes = {5, 8, 11}, .sizes_every = 2, .seed = 3};
  const auto sides = [&](long skipped, int threads) {
    options.prefetch = {.threads = threads, .ahead = threads + 2};
    TrainingBatches batches(images, options);
    if (skipped > 0) batches.seek({skipped / 3, skipped % 3});
    std::vector<long> all;
    for (long i = skipped; i < 24; ++i) {
      const Batch batch = batches.next();
      CHECK(batch.x.shape()[1] == batch.x.shape()[2]);
      all.push_back(batch.x.shape()[1]);
    }
    return all;
  };
  const std::vector<long> whole = sides(0, 1);
  CHECK(std::set<long>(whole.begin(), whole.end()) == std::set<long>{5, 8, 11});
  for (std::size_t i = 0; i < whole.size(); i += 2) CHECK(whole[i] == whole[i + 1]);
  CHECK(sides(0, 3) == whole);
  CHECK(sides(7, 2) == std::vector<long>(whole.begin() + 7, whole.end()));
  options.sizes = {4};
  CHECK_THROWS_WITH(TrainingBatches(images, options),
                    "training batches: found a size of 4, expected at least 5 pixels");
}

}  // namespace nibble::batches_test
