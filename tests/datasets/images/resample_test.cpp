#include "datasets/images/resample.h"

#include <catch2/catch.hpp>

#include "core/random.h"
#include "tests/datasets/images/pattern.h"
#include "tests/support/compare.h"

namespace nibble::resample_test {
namespace {

using Resample = decltype(&resample);

Array<std::uint8_t> scaled(Resample resample, const Array<std::uint8_t>& image, long height, long width,
                           const Rectangle& part, Interpolation interpolation) {
  Array<std::uint8_t> out({part.height, part.width, image.shape()[2]});
  resample(view_of(image.data(), image.shape()), height, width, part, interpolation, out.data());
  return out;
}

// MD5 of the bytes that Pillow 9.4's Image.resize makes of the pattern.
struct OfPillow {
  long height, width, channels, to_height, to_width;
  Interpolation interpolation;
  const char* md5;
};
const OfPillow kOfPillow[] = {
    {9, 13, 3, 4, 5, Interpolation::bilinear, "827b8350112cf5850867283fb392fb5c"},
    {9, 13, 1, 4, 5, Interpolation::bilinear, "a4841c5ddcce6216485ad3bd2f00ca50"},
    {9, 13, 3, 4, 5, Interpolation::bicubic, "7be70a1ac5cab9512a2e0df2795b52ad"},
    {9, 13, 1, 4, 5, Interpolation::bicubic, "5aa65ab02ae67217965e0202c0213c77"},
    {9, 13, 3, 40, 29, Interpolation::bilinear, "9b6f14b9476b39081dd1dd9c3f277a56"},
    {9, 13, 1, 40, 29, Interpolation::bilinear, "2d1639bdc3866583315cb8ecff84deb2"},
    {9, 13, 3, 40, 29, Interpolation::bicubic, "08a30ecc64bcbeb261812913ee620d3d"},
    {9, 13, 1, 40, 29, Interpolation::bicubic, "2a64eb25b655c62a4c8cb7c39ea6f64b"},
    {37, 50, 3, 16, 16, Interpolation::bilinear, "864063023d825e63c7a8014049f0cfe8"},
    {37, 50, 1, 16, 16, Interpolation::bilinear, "bd9d9fac9ae07fff74015bba689dfc41"},
    {37, 50, 3, 16, 16, Interpolation::bicubic, "a5240a5233c03f071a020d06cf275cf9"},
    {37, 50, 1, 16, 16, Interpolation::bicubic, "9c80a283fe7f43027adbaa173a69d9a9"},
    {50, 37, 3, 64, 64, Interpolation::bilinear, "96c1b65d4d3570933c56b4608f33b759"},
    {50, 37, 1, 64, 64, Interpolation::bilinear, "204e5d9d3a188ac3afa8a92a229a985c"},
    {50, 37, 3, 64, 64, Interpolation::bicubic, "6de9184d8a1bcdbed6e46bc7e4f51b5f"},
    {50, 37, 1, 64, 64, Interpolation::bicubic, "0d6c929e80f2160af320b90411f2a243"},
    {1, 1, 3, 5, 7, Interpolation::bilinear, "b690eba33f3dbddd8b30793f1739eaa3"},
    {1, 1, 1, 5, 7, Interpolation::bilinear, "c54104d7894a1941ca710981da437f9f"},
    {1, 1, 3, 5, 7, Interpolation::bicubic, "b690eba33f3dbddd8b30793f1739eaa3"},
    {1, 1, 1, 5, 7, Interpolation::bicubic, "c54104d7894a1941ca710981da437f9f"},
    {3, 200, 3, 64, 20, Interpolation::bilinear, "4b414729843d9298108528b556e05dbd"},
    {3, 200, 1, 64, 20, Interpolation::bilinear, "e91fbcbe2baf6cf41115377013e4f1e7"},
    {3, 200, 3, 64, 20, Interpolation::bicubic, "fb910e4b5f0d06849c8457aa51fb35c6"},
    {3, 200, 1, 64, 20, Interpolation::bicubic, "dd9e5912a08fad62c20704c2e3054ed6"},
    {200, 3, 3, 20, 64, Interpolation::bilinear, "59cf06178fad004c4dac73538f4b80a5"},
    {200, 3, 1, 20, 64, Interpolation::bilinear, "cd78ead8506f3453b368618beb69420b"},
    {200, 3, 3, 20, 64, Interpolation::bicubic, "018cbb8c0cf4d48922141ceaf2468196"},
    {200, 3, 1, 20, 64, Interpolation::bicubic, "3980a4aafa85134d44777b05067afd25"},
    {32, 32, 3, 64, 64, Interpolation::bilinear, "1a3238f988b911446e1cd73d2aaae533"},
    {32, 32, 1, 64, 64, Interpolation::bilinear, "676890c73c2f993500a7831b5b3a844b"},
    {32, 32, 3, 64, 64, Interpolation::bicubic, "e7f0b388e11a5878142c26ae1da0446c"},
    {32, 32, 1, 64, 64, Interpolation::bicubic, "d158b9c76d300393a25403cbfde58ab4"},
    {61, 97, 3, 60, 96, Interpolation::bilinear, "f83701b70cae52b649023b8e3451e522"},
    {61, 97, 1, 60, 96, Interpolation::bilinear, "a651240ae03c1e603e903056b8c3ce28"},
    {61, 97, 3, 60, 96, Interpolation::bicubic, "59927fefdaf3950e7bcd7d5a584229ac"},
    {61, 97, 1, 60, 96, Interpolation::bicubic, "2fa63187fdbedfa071005ca48e32726d"},
};

const Interpolation kBoth[] = {Interpolation::bilinear, Interpolation::bicubic};

}  // namespace

TEST_CASE("resample_makes_Pillow's_bytes") {
  for (const OfPillow& c : kOfPillow) {
    const auto image = pattern(c.height, c.width, c.channels);
    for (const Resample twin : {resample, resample_plainly}) {
      INFO(image.shape() << " to " << c.to_height << " x " << c.to_width
                         << (twin == resample ? "" : ", plainly"));
      const Rectangle all{0, 0, c.to_height, c.to_width};
      CHECK(md5_of(scaled(twin, image, c.to_height, c.to_width, all, c.interpolation)) == c.md5);
    }
  }
}

TEST_CASE("resample_equals_its_slow_twin_for_any_size_and_part") {
  Rng rng(7);
  const auto draw = [&](long low, long high) {
    return low + static_cast<long>(rng.below(static_cast<std::uint64_t>(high - low)));
  };
  for (int i = 0; i < 150; ++i) {
    const auto image = pattern(draw(1, 60), draw(1, 60), draw(1, 5));
    const long height = draw(1, 90), width = draw(1, 90);
    const Rectangle part{draw(0, height), draw(0, width)};
    const Rectangle wanted{part.top, part.left, draw(1, height - part.top + 1),
                           draw(1, width - part.left + 1)};
    for (const Interpolation interpolation : kBoth)
      check_equal(str(image.shape(), " to ", height, " x ", width),
                  scaled(resample, image, height, width, wanted, interpolation),
                  scaled(resample_plainly, image, height, width, wanted, interpolation));
  }
}

TEST_CASE("a_part_of_a_scaled_image_is_cut_out_of_the_whole") {
  const auto image = pattern(31, 43, 3);
  const auto whole = scaled(resample, image, 70, 20, {0, 0, 70, 20}, Interpolation::bicubic);
  const auto part = scaled(resample, image, 70, 20, {13, 4, 9, 11}, Interpolation::bicubic);
  for (long y = 0; y < 9; ++y)
    for (long i = 0; i < 33; ++i) CHECK(part[y * 33 + i] == whole[((13 + y) * 20 + 4) * 3 + i]);
}

TEST_CASE("a_view_of_a_rectangle_is_the_rectangle_alone") {
  const auto image = pattern(20, 30, 3);
  Array<std::uint8_t> inside({8, 12, 3});
  for (long y = 0; y < 8; ++y) std::copy_n(image.data() + ((5 + y) * 30 + 7) * 3, 36, inside.data() + y * 36);
  Array<std::uint8_t> out({16, 16, 3});
  resample(view_of(image.data(), image.shape(), {5, 7, 8, 12}), 16, 16, {0, 0, 16, 16},
           Interpolation::bicubic, out.data());
  check_equal("rectangle", out, scaled(resample, inside, 16, 16, {0, 0, 16, 16}, Interpolation::bicubic));
}

}  // namespace nibble::resample_test
