#include "experiments/training/import_darknet.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "core/check.h"
#include "experiments/training/checkpoint.h"
#include "experiments/training/import_weights.h"
#include "interchange/darknet_weights.h"
#include "layers/models/models.h"
#include "tests/support/compare.h"
#include "tests/support/temporary_directory.h"

namespace nibble::import_darknet_test {
namespace {

// 3 → 4 channels with a norm, then a linear layer: 4 · 3 · 9 + 4 · 4 and 4 · 2 + 2 numbers.
Network small_net(std::uint64_t seed) {
  const auto sections = darknet::parse_cfg(
      "[net]\nwidth=8\nheight=8\n[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\n"
      "activation=leaky\n[avgpool]\n[connected]\noutput=2\nactivation=linear\n",
      "f.cfg");
  return darknet::build(sections, {8, 8, 3}, darknet::NormForm::alexeyab, Rng(seed)).network;
}
constexpr long kNumbers = 4 * 3 * 9 + 4 * 4 + 4 * 2 + 2;

}  // namespace

TEST_CASE("weights_go_to_a_file_of_darknet_and_come_back") {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "net.weights").string();
  Network from = small_net(1), to = small_net(2);
  export_darknet(from, file);
  CHECK(std::filesystem::file_size(file) == 20 + 4 * kNumbers);
  CHECK(start_from(to, file).notes.empty());
  const auto expected = capture(from), found = capture(to);
  for (const auto& [path, values] : expected) check_equal(path, found.at(path), values);
}

TEST_CASE("a_file_of_the_wrong_length_says_how_many_numbers_are_missing_or_left") {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "net.weights").string();
  Network net = small_net(1);
  const auto before = capture(net);
  DarknetWeights weights;
  weights.numbers.resize(kNumbers - 3);
  write_darknet_weights(file, weights);
  CHECK_THROWS_WITH(import_darknet(net, file),
                    Catch::Contains("found 131 numbers, expected 134 for this network: 3 are missing"));
  weights.numbers.resize(kNumbers + 1);
  write_darknet_weights(file, weights);
  CHECK_THROWS_WITH(import_darknet(net, file), Catch::Contains("1 are left"));
  weights.numbers.assign(kNumbers, std::numeric_limits<float>::quiet_NaN());
  write_darknet_weights(file, weights);
  CHECK_THROWS_WITH(import_darknet(net, file), Catch::Contains("found nan in tensor '0/conv/weight'"));
  std::filesystem::resize_file(file, 23);
  CHECK_THROWS_WITH(import_darknet(net, file), Catch::Contains("the file is cut short"));
  std::filesystem::resize_file(file, 5);
  CHECK_THROWS_WITH(import_darknet(net, file), Catch::Contains("found 5 bytes, expected at least 12"));
  for (const auto& [path, values] : capture(net)) check_equal(path, values, before.at(path));
  CHECK_THROWS_WITH(start_from(net, file, {.except = "2/*"}), Catch::Contains("found"));
}

TEST_CASE("heads_for_other_classes_begin_at_random_and_what_the_file_has_for_them_is_passed_over") {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "tiny.weights").string();
  const ModelOptions options{.kind = "yolov4-tiny"};
  Network from = build_model(options, {32, 32, 3}, 80, Rng(1)),
          to = build_model(options, {64, 64, 3}, 3, Rng(2));
  export_darknet(from, file);
  CHECK(std::filesystem::file_size(file) == 24'251'276);  // as the published file
  const auto theirs = capture(from), before = capture(to);
  CHECK_THROWS_WITH(start_from(to, file), Catch::Contains("are left; the weights are of another cfg"));
  CHECK_THROWS_WITH(
      start_from(to, file, {.except = "29/*"}),
      Catch::Contains("of the layers that are loaded and, for those of model.start_from_except, "
                      "12312 times what the number of classes makes of it"));
  const auto notes = start_from(to, file, {.except = "29/*, 36/*"}).notes;
  REQUIRE(notes.size() == 1);
  CHECK(notes[0] == "at their first weights: 29/conv/bias, 29/conv/weight, 36/conv/bias, 36/conv/weight");
  for (const auto& [path, values] : capture(to)) {
    const bool head = path.starts_with("29/") || path.starts_with("36/");
    check_equal(path, values, head ? before.at(path) : theirs.at(path));
  }
}

TEST_CASE("an_old_file_counts_pictures_in_32_bits") {
  const TemporaryDirectory directory;
  const std::string file = (directory.path() / "old.weights").string();
  const std::int32_t head[4]{0, 1, 0, 77};
  const float number = 1.5f;
  std::ofstream out(file, std::ios::binary);
  out.write(reinterpret_cast<const char*>(head), sizeof head);
  out.write(reinterpret_cast<const char*>(&number), sizeof number);
  out.close();
  const DarknetWeights weights = read_darknet_weights(file);
  CHECK(weights.seen == 77);
  CHECK(weights.numbers == std::vector<float>{1.5f});
}

}  // namespace nibble::import_darknet_test
