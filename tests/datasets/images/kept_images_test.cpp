#include "datasets/images/kept_images.h"

#include <catch2/catch.hpp>
#include <vector>

namespace nibble::kept_images_test {
namespace {

class Counting : public ImageSource {
 public:
  long size() const override { return 3; }
  Target target(long i) const override { return static_cast<int>(i); }
  std::string name(long i) const override { return std::to_string(i) + ".jpg"; }
  Array<std::uint8_t> make(long i) const override {
    ++made[static_cast<std::size_t>(i)];
    Array<std::uint8_t> image({2, 5, 1});
    image.fill(static_cast<std::uint8_t>(i));
    return image;
  }
  mutable std::vector<int> made = std::vector<int>(3);
};

}  // namespace

TEST_CASE("images_are_made_once_as_long_as_there_is_room") {
  const auto source = std::make_shared<Counting>();
  const Split kept = kept_in_memory(Split(source), 25);  // two images of 10 bytes
  for (int round = 0; round < 3; ++round) {
    for (long i = 0; i < 3; ++i) CHECK(kept.make(i)[9] == i);
  }
  CHECK(source->made == std::vector<int>{1, 1, 3});
  CHECK(kept.size() == 3);
  CHECK(kept.name(2) == "2.jpg");
  CHECK(std::get<int>(kept.target(1)) == 1);
}

}  // namespace nibble::kept_images_test
