// Pictures in files, from the command line to a trained network.

#include <catch2/catch.hpp>

#include "tests/datasets/pictures/picture_folder.h"
#include "tests/support/program.h"

namespace nibble::data_pictures_test {
namespace {

constexpr const char* kConfig =
    "[dataset]\nkind = folder\npath = mine\nimage_size = 16\n"
    "[model]\nkind = mlp\nwidth = 16\n[train]\nepochs = 6\nbatch = 8\nlearning_rate = 0.02\n";

// Two classes of plain colours, which a network tells apart at once.
struct Pictures {
  TemporaryDirectory directory;
  Pictures() {
    write_pictures(directory / "mine/train", {"green", "red"}, 20);
    write_pictures(directory / "mine/test", {"green", "red"}, 4);
    write_file(directory / "mine.ini", kConfig);
  }
  ProgramOutcome run(const std::string& arguments) { return run_program(directory, arguments); }
};

std::string with_record_of(const ProgramOutcome& outcome) { return outcome.out + outcome.err; }

}  // namespace

TEST_CASE("a_network_learns_from_a_folder_and_the_same_from_a_packed_file") {
  Pictures pictures;
  const ProgramOutcome trained = pictures.run("train mine.ini");
  INFO(with_record_of(trained));
  CHECK(trained.exit_code == 0);
  CHECK_THAT(trained.err, Catch::Contains("folder: 40 images to learn from, 8 of test; 2 classes"));
  CHECK_THAT(read_file(pictures.directory / "runs/mine/log.txt"), Catch::Contains("test_top1=100"));

  CHECK(pictures.run("data pack mine --to mine.h5").out == "48 pictures are in mine.h5\n");
  const ProgramOutcome packed = pictures.run("train mine.ini --run.name packed --dataset.path mine.h5");
  CHECK(packed.exit_code == 0);
  // The same pictures in the same order, augmented alike; only the times differ.
  const auto losses = [&](const std::string& run) {
    const std::string log = read_file(pictures.directory / "runs" / run / "log.txt");
    std::string found;
    for (std::size_t at = 0; (at = log.find(" loss=", at)) != std::string::npos; ++at)
      found += log.substr(at, log.find(' ', at + 1) - at);
    return found;
  };
  CHECK(losses("packed").size() > 40);
  CHECK(losses("packed") == losses("mine"));
}

TEST_CASE("damaged_pictures_are_named_before_a_run_begins") {
  Pictures pictures;
  write_file(pictures.directory / "mine/train/red/broken.jpg", "not a picture");
  const ProgramOutcome refused = pictures.run("train mine.ini");
  CHECK(refused.exit_code != 0);
  CHECK_THAT(refused.err,
             Catch::Contains("mine/train/red/broken.jpg: found a text, expected a JPEG or PNG picture"));
  CHECK_FALSE(std::filesystem::exists(pictures.directory / "runs/mine/checkpoint"));
  const ProgramOutcome counted = pictures.run("train mine.ini --dataset.damaged skip --train.epochs 1");
  CHECK(counted.exit_code == 0);
  CHECK_THAT(counted.err, Catch::Contains("1 damaged files left out"));

  CHECK(pictures.run("data check mine.ini").out ==
        "mine/train/red/broken.jpg: found a text, expected a JPEG or PNG picture\n49 pictures, 1 damaged\n");
  std::filesystem::remove(pictures.directory / "mine/train/red/broken.jpg");
  const ProgramOutcome whole = pictures.run("data check mine.ini");
  CHECK(whole.exit_code == 0);
  CHECK(whole.out == "48 pictures, 0 damaged\n");
  // In the middle of a file, where only decoding finds it.
  const auto png = pictures.directory / "mine/test/red/1.png";
  std::string bytes = read_file(png);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  write_file(png, bytes);
  const ProgramOutcome found = pictures.run("data check mine.ini");
  CHECK(found.exit_code == 1);
  CHECK_THAT(found.out, Catch::StartsWith("mine/test/red/1.png: found a damaged PNG picture") &&
                            Catch::EndsWith("48 pictures, 1 damaged\n"));
}

TEST_CASE("a_sheet_shows_training_pictures_with_their_classes") {
  Pictures pictures;
  CHECK(pictures.run("data show mine.ini --images 9").out ==
        "9 of 40 training images are in mine_pictures.png\n");
  const auto sheet = decode_png(read_file(pictures.directory / "mine_pictures.png"), "sheet");
  CHECK(sheet.shape() == Shape{3 * (96 + 7 + 12) + 6, 3 * (96 + 6) + 6, 3});
  CHECK(pictures.run("data show mine.ini --to all.png --images 100").out ==
        "40 of 40 training images are in all.png\n");
}

TEST_CASE("packing_asks_for_what_it_needs") {
  Pictures pictures;
  CHECK(pictures.run("data pack mine").err ==
        "nibble: data: found no --to, expected the file to make: --to pictures.h5\n");
  CHECK_THAT(pictures.run("data pack mine --to a.h5 --dataset.kind cifar10").err,
             Catch::Contains("found kind 'cifar10', expected one of pictures in files: folder or imagenet"));
  CHECK(pictures.run("data pack mine --to small.h5 --side 8").exit_code == 0);
  CHECK_THAT(pictures.run("data pack small.h5 --to again.h5").err,
             Catch::Contains("small.h5: found an HDF5 file, expected a folder of pictures"));
}

}  // namespace nibble::data_pictures_test
