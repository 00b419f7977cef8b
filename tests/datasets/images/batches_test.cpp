#include "datasets/images/batches.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "core/check.h"

using namespace nibble;

namespace {

// n images of 6 x 6, sample i with label i; pixels tell samples and places apart.
Dataset counted(long n) {
  Dataset data;
  data.name = "counted";
  data.train = {Array<std::uint8_t>({n, 6, 6, 3}), Array<int>({n})};
  for (long i = 0; i < data.train.images.size(); ++i) {
    data.train.images[i] = static_cast<std::uint8_t>(i * 7 + i / 108);
  }
  for (long i = 0; i < n; ++i) data.train.labels[i] = static_cast<int>(i);
  data.test = data.train;
  data.class_names.resize(static_cast<std::size_t>(n));
  data.mean = kImageNetMean;
  data.std = kImageNetStd;
  return data;
}

bool same(const Batch& a, const Batch& b) {
  return a.x.shape() == b.x.shape() && std::equal(a.x.begin(), a.x.end(), b.x.begin()) &&
         std::equal(a.labels.begin(), a.labels.end(), b.labels.begin(), b.labels.end());
}

std::vector<int> labels_of_next_epoch(TrainingBatches& batches) {
  std::vector<int> labels;
  for (long b = 0; b < batches.batches_per_epoch(); ++b) {
    const Batch batch = batches.next();
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
  }
  return labels;
}

std::vector<int> sorted(std::vector<int> values) {
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

TEST_CASE("batch_in_order_normalizes_the_samples_of_its_range") {
  const Dataset data = counted(10);
  const std::vector<Real> table = pixel_table(data);
  const Batch batch = batch_in_order(data, data.test, 4, 7);
  REQUIRE(batch.x.shape() == Shape{3, 6, 6, 3});
  CHECK(std::vector<int>(batch.labels.begin(), batch.labels.end()) == std::vector<int>{4, 5, 6});
  for (long i = 0; i < batch.x.size(); ++i) {
    REQUIRE(batch.x[i] == table[static_cast<std::size_t>(256 * (i % 3) + data.test.images[4 * 108 + i])]);
  }
  CHECK_THROWS_WITH(batch_in_order(data, data.test, 4, 11),
                    "batch_in_order: found samples 4 to 11, expected a range within 0 to 10");
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
  for (int b = 0; b < 6; ++b) CHECK(kept.next().labels.size() == 8);
  CHECK(kept.next().labels.size() == 2);
  CHECK(kept.position() == BatchPosition{1, 0});
}

TEST_CASE("the_seed_decides_order_and_augmentation") {
  const Dataset data = counted(40);
  TrainingBatches a(data, {.batch_size = 8, .seed = 5}), b(data, {.batch_size = 8, .seed = 5}),
      c(data, {.batch_size = 8, .seed = 6});
  const Batch from_a = a.next();
  CHECK(same(from_a, b.next()));
  CHECK_FALSE(same(from_a, c.next()));
}

TEST_CASE("batches_do_not_depend_on_prefetching") {
  const Dataset data = counted(40);
  TrainingBatches plain(data, {.batch_size = 16, .ahead = 0}), one(data, {.batch_size = 16, .ahead = 1}),
      three(data, {.batch_size = 16, .ahead = 3});
  for (int i = 0; i < 12; ++i) {
    const Batch expected = plain.next();
    REQUIRE(same(expected, one.next()));
    REQUIRE(same(expected, three.next()));
  }
}

TEST_CASE("a_samples_augmentation_does_not_depend_on_its_batch") {
  const Dataset data = counted(40);
  TrainingBatches small(data, {.batch_size = 4}), large(data, {.batch_size = 40});
  const Batch whole = large.next();  // the same order, as it does not depend on the batch size either
  for (long b = 0; b < 10; ++b) {
    const Batch part = small.next();
    REQUIRE(same(part, {whole.x.rows(4 * b, 4 * b + 4), whole.labels.rows(4 * b, 4 * b + 4)}));
  }
}

TEST_CASE("without_augmentation_a_sample_is_what_evaluation_sees") {
  const Dataset data = counted(40);
  TrainingBatches batches(data, {.batch_size = 40, .augmentation = {.pad = 0, .flip = false}});
  const Batch batch = batches.next();
  for (long i = 0; i < 40; ++i) {
    const long index = batch.labels[i];
    REQUIRE(same({batch.x.rows(i, i + 1), batch.labels.rows(i, i + 1)},
                 batch_in_order(data, data.train, index, index + 1)));
  }
}

TEST_CASE("padding_is_raw_black_as_in_torchvision") {
  Dataset data = counted(64);
  data.train.images.fill(255);  // whatever is not white came from the padding
  const std::vector<Real> table = pixel_table(data);
  TrainingBatches batches(data, {.batch_size = 64, .augmentation = {.pad = 2, .flip = false}});
  const Batch batch = batches.next();
  std::set<Real> seen(batch.x.begin(), batch.x.end());
  CHECK(seen == std::set<Real>{table[0], table[255], table[256], table[511], table[512], table[767]});
}

TEST_CASE("augmentation_changes_between_epochs") {
  const Dataset data = counted(40);
  TrainingBatches batches(data, {.batch_size = 40});
  std::vector<std::vector<Real>> of_sample_7;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const Batch batch = batches.next();
    const long row = std::find(batch.labels.begin(), batch.labels.end(), 7) - batch.labels.begin();
    const Tensor x = batch.x.rows(row, row + 1);
    of_sample_7.emplace_back(x.begin(), x.end());
  }
  CHECK(std::set<std::vector<Real>>(of_sample_7.begin(), of_sample_7.end()).size() >= 3);
}

TEST_CASE("seek_resumes_with_the_batches_of_an_uninterrupted_run") {
  const Dataset data = counted(50);
  const TrainingBatchOptions options{.batch_size = 8, .seed = 3};
  TrainingBatches uninterrupted(data, options);
  std::vector<BatchPosition> positions;
  std::vector<Batch> batches;
  for (int i = 0; i < 20; ++i) {  // 7 an epoch: into the third
    positions.push_back(uninterrupted.position());
    batches.push_back(uninterrupted.next());
  }
  CHECK(positions[13] == BatchPosition{1, 6});
  CHECK(positions[14] == BatchPosition{2, 0});
  TrainingBatches resumed(data, options);
  for (const std::size_t from : {std::size_t{13}, std::size_t{6}, std::size_t{0}, std::size_t{15}}) {
    resumed.seek(positions[from]);
    for (std::size_t i = from; i < batches.size(); ++i) {
      REQUIRE(resumed.position() == positions[i]);
      REQUIRE(same(resumed.next(), batches[i]));
    }
  }
}

TEST_CASE("training_batches_refuse_unusable_options_and_positions") {
  const Dataset data = counted(50);
  CHECK_THROWS_WITH(
      TrainingBatches(data, {.batch_size = 51}),
      "training batches: found batch size 51, expected 1 to the 50 samples of the training split");
  CHECK_THROWS_AS(TrainingBatches(data, {.batch_size = 0}), Error);
  CHECK_THROWS_WITH(TrainingBatches(data, {.batch_size = 5, .augmentation = {.pad = -1}}),
                    "training batches: found padding -1, expected at least 0");
  CHECK_THROWS_AS(TrainingBatches(data, {.batch_size = 5, .ahead = -1}), Error);
  TrainingBatches batches(data, {.batch_size = 8});
  CHECK_THROWS_WITH(batches.seek({0, 7}),
                    "training batches: found position epoch 0, batch 7, expected an epoch from 0 and a batch "
                    "from 0 to 6");
  CHECK_THROWS_AS(batches.seek({-1, 0}), Error);
}
