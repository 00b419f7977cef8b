// Pictures from files as a network reads them, whatever the files are.

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/datasets.h"
#include "datasets/images/batches.h"
#include "tests/datasets/pictures/picture_folder.h"
#include "tests/support/compare.h"

namespace nibble::folder_test {
namespace {

namespace fs = std::filesystem;

std::vector<Tensor> first_batches(const ImageSet& images, int threads) {
  TrainingBatchOptions options;
  options.batch_size = 4;
  options.augmentation.resized_crop = ResizedCrop{};
  options.augmentation.jitter = {.brightness = 0.4, .contrast = 0.4, .saturation = 0.4};
  options.prefetch = {.threads = threads, .ahead = threads + 2};
  TrainingBatches batches(images, options);
  std::vector<Tensor> found;
  for (int i = 0; i < 6; ++i) found.push_back(batches.next().x);
  return found;
}

}  // namespace

TEST_CASE("a_folder_of_pictures_is_a_data_set") {
  const PictureFolder folder;
  const ImageSet images = open_images(options_for(folder.root()));
  CHECK(images.sample_shape == Shape{16, 16, 3});
  CHECK(images.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(images.train.size() == 12);
  CHECK(images.test.size() == 4);
  for (long i = 0; i < images.train.size(); ++i) {
    const auto picture = images.train.make(i);
    const int label = std::get<int>(images.train.target(i));
    CHECK(picture[label] > picture[1 - label] + 100);
  }
  const Batch batch = batch_in_order(images, images.test, 0, 4);
  CHECK(batch.x.shape() == Shape{4, 16, 16, 3});
  const DatasetOutline outline = outline_dataset(options_for(folder.root()));
  CHECK(outline.sample == images.sample_shape);
  CHECK(outline.classes == 2);
}

TEST_CASE("augmented_pictures_do_not_depend_on_threads") {
  const PictureFolder folder;
  const ImageSet images = open_images(options_for(folder.root()));
  const std::vector<Tensor> expected = first_batches(images, 1);
  CHECK_FALSE(std::equal(expected[0].begin(), expected[0].end(), expected[3].begin()));
  for (const int threads : {2, 4}) {
    const std::vector<Tensor> found = first_batches(images, threads);
    for (std::size_t i = 0; i < found.size(); ++i) check_equal(str("batch ", i), found[i], expected[i]);
  }
}

TEST_CASE("pictures_become_grey_where_the_network_reads_one_channel") {
  const PictureFolder folder;
  DatasetOptions options = options_for(folder.root());
  options.channels = 1;
  const ImageSet images = open_images(options);
  CHECK(images.sample_shape == Shape{16, 16, 1});
  CHECK(batch_in_order(images, images.train, 0, 3).x.shape() == Shape{3, 16, 16, 1});
}

TEST_CASE("pictures_of_any_form_fit") {
  const PictureFolder folder;
  const fs::path place = folder.root() / "train/cat";
  write_file(place / "dot.png", encode_png(Array<std::uint8_t>({1, 1, 3})));
  write_file(place / "long.png", encode_png(Array<std::uint8_t>({20, 12000, 3})));
  write_file(place / "tall.jpg", encode_jpeg(Array<std::uint8_t>({12000, 20, 1}), 90));
  write_file(place / "misnamed.jpg", encode_png(plain_picture(0, 3)));
  const ImageSet images = open_images(options_for(folder.root()));
  CHECK(images.train.size() == 16);
  CHECK(batch_in_order(images, images.train, 0, 16).x.shape() == Shape{16, 16, 16, 3});
  CHECK(first_batches(images, 2).size() == 6);
}

TEST_CASE("damaged_and_foreign_files_stop_a_run_before_it_begins_or_are_counted") {
  const PictureFolder folder;
  const fs::path place = folder.root() / "train/dog";
  const std::string jpeg = read_file(place / "0.jpg");
  write_file(place / "cut.jpg", jpeg.substr(0, jpeg.size() - 20));
  write_file(place / "empty.jpg", "");
  DatasetOptions options = options_for(folder.root());
  CHECK_THROWS_WITH(open_images(options),
                    Catch::Contains("cut.jpg: found a JPEG picture that ends early") &&
                        Catch::Contains("empty.jpg: found an empty file") &&
                        Catch::Contains("dataset.damaged = skip leaves such files out"));
  write_file(place / "text.jpg", "no picture");
  write_file(folder.root() / "test/cat/text.png", "no picture");
  CHECK_THROWS_WITH(open_images(options), Catch::Contains("and 1 more files like these"));
  options.damaged = DamagedPictures::skip;
  const ImageSet images = open_images(options);
  CHECK(images.left_out.size() == 4);
  CHECK(images.train.size() == 12);
  CHECK(images.test.size() == 4);
}

TEST_CASE("a_folder_that_cannot_be_read_is_named") {
  const PictureFolder folder;
  const fs::path closed = folder.root() / "train/dog";
  for (const fs::path& above : {folder.directory.path(), folder.root()}) chmod(above.c_str(), 0755);
  chmod(closed.c_str(), 0);
  const uid_t before = geteuid();  // root reads every folder, and so becomes nobody for a moment
  if (before == 0) REQUIRE(seteuid(65534) == 0);
  std::string message;
  try {
    open_images(options_for(folder.root()));
  } catch (const Error& error) {
    message = error.what();
  }
  if (before == 0) REQUIRE(seteuid(0) == 0);
  chmod(closed.c_str(), 0700);
  CHECK_THAT(message,
             Catch::Contains("train/dog: cannot be read (Permission denied), expected a folder of pictures"));
}

TEST_CASE("the_fingerprint_of_a_folder_is_that_of_names_labels_and_lengths") {
  const PictureFolder folder;
  const auto fingerprint = [&] { return open_images(options_for(folder.root())).fingerprint; };
  const std::string before = fingerprint();
  CHECK(fingerprint() == before);
  const fs::path file = folder.root() / "train/dog/0.jpg";
  write_file(file, read_file(file) + "x");
  const std::string longer = fingerprint();
  CHECK(longer != before);
  fs::rename(file, folder.root() / "train/cat/9.jpg");
  CHECK(fingerprint() != longer);
}

TEST_CASE("what_is_no_folder_of_pictures_is_said") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(open_images(options_for("")), Catch::Contains("found no dataset.path"));
  CHECK_THROWS_WITH(open_images(options_for(directory / "absent")),
                    Catch::Contains("absent: found no file, expected a folder of pictures"));
  write_file(directory / "a.zip", std::string("PK\x03\x04", 4));
  CHECK_THROWS_WITH(open_images(options_for(directory / "a.zip")),
                    Catch::Contains("a.zip: found a zip archive"));
  DatasetOptions two = options_for(directory.path());
  two.channels = 2;
  CHECK_THROWS_WITH(open_images(two),
                    Catch::Contains("found dataset.channels 2, expected 3 for colours or 1 for grey"));
}

TEST_CASE("fast_decoding_keeps_enough_pixels") {
  const PictureFolder folder;
  write_file(folder.root() / "train/cat/large.jpg", encode_jpeg(Array<std::uint8_t>({300, 400, 3}), 90));
  DatasetOptions options = options_for(folder.root());
  options.fast_decode = true;
  const ImageSet images = open_images(options);
  bool seen = false;
  for (long i = 0; i < images.train.size(); ++i) {
    const Shape shape = images.train.make(i).shape();
    CHECK(shape[0] >= 18);
    CHECK(shape[0] < 100);
    seen = seen || shape == Shape{38, 50, 3};
  }
  CHECK(seen);
}

}  // namespace nibble::folder_test
