// Pictures of ImageNet become, byte for byte, what Pillow and torchvision made of them.

#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/images/view.h"
#include "datasets/pictures/decode.h"
#include "tests/support/npy.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace nibble::exact_crops_test {
namespace {

constexpr long kSide = 224;
const Shape kWindow{kSide, kSide, 3};

// The names in the first column of NAME.labels.csv.
std::vector<std::string> listed(const std::filesystem::path& labels, std::size_t count) {
  std::ifstream lines(labels);
  std::vector<std::string> names;
  std::string line;
  std::getline(lines, line);
  while (names.size() < count && std::getline(lines, line)) names.push_back(line.substr(0, line.find(',')));
  return names;
}

// Counts the crops of the first pictures of a set that differ from the reference.
void check_crops(const std::string& set, std::size_t count, const Fitting& fitting) {
  const auto archive = shared_data("imagenet/" + set + ".tar");
  if (!archive) return;
  const TemporaryDirectory directory;
  REQUIRE(std::system(str("tar xf '", archive->string(), "' -C '", directory.path().string(), "'").c_str()) ==
          0);
  const std::filesystem::path folder = archive->parent_path();
  const auto expected = read_npy<std::uint8_t>(folder / "ref" / str(set, ".first", count, ".crop224.npy"),
                                               count * static_cast<std::size_t>(kWindow.count()));
  const std::vector<std::string> names = listed(folder / (set + ".labels.csv"), count);
  REQUIRE(names.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    INFO(names[i]);
    const Array<std::uint8_t> picture = decode_picture_file((directory / names[i]).string(), {});
    std::vector<std::uint8_t> crop(static_cast<std::size_t>(kWindow.count()));
    fit(picture.data(), picture.shape(), fitting, {}, kWindow, crop.data());
    CHECK(std::equal(crop.begin(), crop.end(),
                     expected.begin() + static_cast<std::ptrdiff_t>(i * crop.size())));
  }
}

}  // namespace

TEST_CASE("the_middle_of_a_picture_of_227_pixels_is_exact") { check_crops("val227_a", 16, {}); }

TEST_CASE("a_scaled_picture_is_exact") { check_crops("train_a", 8, {.shorter_side = 256}); }

}  // namespace nibble::exact_crops_test
