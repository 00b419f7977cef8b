#include "datasets/pictures/decode.h"

#include <catch2/catch.hpp>

#include "core/check.h"
#include "datasets/pictures/jpeg.h"
#include "datasets/pictures/orientation.h"
#include "datasets/pictures/png_picture.h"
#include "tests/datasets/images/pattern.h"
#include "tests/support/compare.h"
#include "tests/support/temporary_directory.h"

namespace nibble::decode_test {
namespace {

// Pictures that Pillow 9.4 wrote, and the MD5 of what its convert("RGB") and convert("L") make of them.
struct Sample {
  const char *file, *rgb, *grey;
};
const Sample kSamples[] = {
    {"colour.jpg", "6f9a2c3e15166d8fe86413b8b6e35bd3", "8b9c96c94788302ab9ba3e1506c0fdca"},
    {"progressive.jpg", "6f9a2c3e15166d8fe86413b8b6e35bd3", "8b9c96c94788302ab9ba3e1506c0fdca"},
    {"grey.jpg", "637c4d1f4fd9b52f055836bea3d17db6", "4fab05230d0a4ffd203f08fe0260401d"},
    {"cmyk.jpg", "fc0352c77cc1bc99c85b6ac32aff1c6f", "f22e1bd01567a460251695771ee7061d"},
    {"full_colour.jpg", "29f1a3c2308a5257c544f49e99b3f8b2", "5d3d9bdb88e9b39ba2deb4d307846852"},
    {"colour.png", "26aa5006ba4102adb85e1b3004e491ff", "206a221360a8f4fc0b8bee7f66d00e6c"},
    {"grey.png", "ab45cd2ad69cd03abde8f3080c2a7fd8", "206a221360a8f4fc0b8bee7f66d00e6c"},
    {"palette.png", "e35fc5cc9d7569e83b1509b8b300f4b1", "d35231d0e69448b8c833ddf9b20bc7a8"},
    {"palette4.png", "1a447dd712a0efba07a998a6673ccd06", "5bbc01e0b7923c804ae0479e607f8159"},
    {"alpha.png", "26aa5006ba4102adb85e1b3004e491ff", "206a221360a8f4fc0b8bee7f66d00e6c"},
    {"grey_alpha.png", "ab45cd2ad69cd03abde8f3080c2a7fd8", "206a221360a8f4fc0b8bee7f66d00e6c"},
    {"one_bit.png", "c3558fc8e19cbf5b273a61e39b2c4eec", "f3062e38d4fbe013777b0d9ecfca6f19"},
    {"dot.png", "fd8610d3fc8bc932189a5db0ccefb4b8", "cd25041f9f36811b04ab3015805fe816"},
    {"palette_transparent.png", "e35fc5cc9d7569e83b1509b8b300f4b1", "d35231d0e69448b8c833ddf9b20bc7a8"},
};

std::string sample(const std::string& file) {
  return std::string(NIBBLE_SOURCE_DIR "/tests/datasets/pictures/samples/") + file;
}

}  // namespace

TEST_CASE("pictures_are_decoded_as_by_Pillow") {
  for (const Sample& c : kSamples) {
    INFO(c.file);
    const auto rgb = decode_picture_file(sample(c.file), {.channels = 3});
    CHECK(rgb.shape() == (std::string(c.file) == "dot.png" ? Shape{1, 1, 3} : Shape{23, 37, 3}));
    CHECK(md5_of(rgb) == c.rgb);
    CHECK(md5_of(decode_picture_file(sample(c.file), {.channels = 1})) == c.grey);
  }
}

TEST_CASE("a_picture_is_turned_as_the_camera_noted_only_where_that_is_asked_for") {
  // orientation6.jpg is Pillow's; the digests are those of its open and of its exif_transpose.
  const std::string file = sample("orientation6.jpg");
  const auto stored = decode_picture_file(file, {}), upright = decode_picture_file(file, {.upright = true});
  CHECK(stored.shape() == Shape{18, 24, 3});
  CHECK(upright.shape() == Shape{24, 18, 3});
  CHECK(md5_of(stored) == "0ecd4f302165f468de0bf1e6213307b8");
  CHECK(md5_of(upright) == "68b8adf9ddc8d4fedf2d069a69cd8aa9");
  CHECK(md5_of(decode_picture_file(sample("colour.jpg"), {.upright = true})) ==
        "6f9a2c3e15166d8fe86413b8b6e35bd3");
}

TEST_CASE("the_eight_orientations_are_those_of_Pillow") {
  const char* const digests[] = {"deda4033e550571e2f17815d3249d16a", "a2bf8556374fc3caf519c17ed58a8239",
                                 "98f6a6f6c2a628d6fb365a84fbc8e2a0", "2f49c95d069519a73a747920f843ca0d",
                                 "ef06642f58560944dba870343c567753", "05d6af6194a06f9e24fbbf6d5e6760c0",
                                 "d5dc24a9b19f4be40cf39bf6bc690a7a", "27503899e1358040f984467c8ac2125e"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO("orientation " << orientation);
    CHECK(md5_of(turned_upright(pattern(18, 24, 3), orientation)) == digests[orientation - 1]);
  }
}

TEST_CASE("damaged_notes_of_a_camera_say_nothing") {
  const std::string whole = read_file(sample("orientation6.jpg"));
  CHECK(exif_orientation(whole) == 6);
  CHECK(exif_orientation(read_file(sample("colour.jpg"))) == 1);
  const std::size_t notes = whole.find("Exif");
  for (std::size_t size = 0; size < notes + 40; ++size) {
    const int found = exif_orientation(whole.substr(0, size));
    CHECK((found == 1 || found == 6));
  }
  for (std::size_t at = 0; at < notes + 40; ++at) {
    for (const char byte : {'\0', '\x7f', '\xff'}) {
      std::string damaged = whole;
      damaged[at] = byte;
      const int found = exif_orientation(damaged);
      CHECK((1 <= found && found <= 8));
    }
  }
}

TEST_CASE("of_16_bits_the_upper_8_remain") {
  const auto picture = decode_picture_file(sample("grey16.png"), {.channels = 1});
  REQUIRE(picture.shape() == Shape{23, 37, 1});
  for (long i = 0; i < picture.size(); ++i) CHECK(picture[i] == i * 71 / 256);
}

TEST_CASE("the_format_is_what_a_file_holds_not_what_it_is_called") {
  const TemporaryDirectory directory;
  write_file(directory / "a.jpg", read_file(sample("colour.png")));
  check_equal("a PNG named .jpg", decode_picture_file((directory / "a.jpg").string(), {}),
              decode_picture_file(sample("colour.png"), {}));
}

TEST_CASE("encoded_pictures_decode_to_what_they_were") {
  for (const long channels : {1, 3}) {
    const auto image = pattern(19, 33, channels);
    check_equal("PNG", decode_png(encode_png(image), "x"), image);
    const auto jpeg = decode_jpeg(encode_jpeg(image, 100), "x");
    REQUIRE(jpeg.shape() == image.shape());
    long difference = 0;
    for (long i = 0; i < image.size(); ++i)
      difference = std::max<long>(difference, std::abs(jpeg[i] - image[i]));
    CHECK(difference <= 4);
  }
}

TEST_CASE("a_JPEG_is_decoded_at_a_lower_resolution_that_is_enough") {
  const std::string bytes = encode_jpeg(pattern(200, 320, 3), 90);
  CHECK(decode_jpeg(bytes, "x").shape() == Shape{200, 320, 3});
  CHECK(decode_jpeg(bytes, "x", 201).shape() == Shape{200, 320, 3});
  CHECK(decode_jpeg(bytes, "x", 100).shape() == Shape{100, 160, 3});
  CHECK(decode_jpeg(bytes, "x", 90).shape() == Shape{100, 160, 3});
  CHECK(decode_jpeg(bytes, "x", 1).shape() == Shape{25, 40, 3});
}

TEST_CASE("damaged_and_foreign_files_are_named") {
  const TemporaryDirectory directory;
  const std::string jpeg = read_file(sample("colour.jpg")), png = read_file(sample("colour.png"));
  const std::string large = encode_jpeg(pattern(300, 300, 3), 95);
  std::string wrong_pixels = png, huge = png;
  wrong_pixels[60] = static_cast<char>(wrong_pixels[60] ^ 1);
  huge.replace(16, 8, std::string("\x7f\0\0\0\x7f\0\0\0", 8));
  const struct {
    const char* name;
    std::string bytes;
    const char* says;
  } cases[] = {
      {"empty.jpg", "", "found an empty file, expected a JPEG or PNG picture"},
      {"text.jpg", "not a picture at all", "found a text, expected a JPEG or PNG picture"},
      {"gif.png", "GIF89a", "found a GIF picture, expected a JPEG or PNG picture"},
      {"cut.jpg", jpeg.substr(0, jpeg.size() - 40), "found a JPEG picture that ends early"},
      {"cut_large.jpg", large.substr(0, large.size() / 2), "found a JPEG picture that ends early"},
      {"header.jpg", jpeg.substr(0, 30), "found a JPEG picture whose header is damaged"},
      {"cut.png", png.substr(0, png.size() - 40), "found a damaged PNG picture (it ends early)"},
      {"header.png", png.substr(0, 20), "found a PNG picture whose header is damaged"},
      {"huge.png", huge, "found a picture of 2130706432 x 2130706432 pixels, expected at most"},
  };
  for (const auto& c : cases) {
    const std::string path = (directory / c.name).string();
    write_file(path, c.bytes);
    CHECK_THROWS_WITH(decode_picture_file(path, {}),
                      Catch::StartsWith(path + ": ") && Catch::Contains(c.says));
    CHECK_THROWS_WITH(inspect_picture_file(path), Catch::StartsWith(path + ": ") && Catch::Contains(c.says));
  }
  write_file(directory / "middle.png", wrong_pixels);
  CHECK_THROWS_WITH(decode_picture_file((directory / "middle.png").string(), {}),
                    Catch::Contains("found a damaged PNG picture"));
  CHECK_THROWS_WITH(decode_picture_file(directory.path().string(), {}), Catch::Contains("it is no file"));
  CHECK_THROWS_WITH(decode_picture_file((directory / "absent").string(), {}),
                    Catch::Contains("No such file"));
}

TEST_CASE("bytes_behind_a_picture_are_passed_over") {
  const TemporaryDirectory directory;
  for (const char* name : {"colour.jpg", "colour.png"}) {
    const std::string path = (directory / name).string(), whole = read_file(sample(name));
    for (const std::size_t more : {1, 9000}) {
      write_file(path, whole + std::string(more, 'x'));
      CHECK(inspect_picture_file(path).bytes == static_cast<long>(whole.size() + more));
      check_equal(name, decode_picture_file(path, {}), decode_picture_file(sample(name), {}));
    }
  }
}

TEST_CASE("a_header_may_be_longer_than_what_is_looked_at") {
  const TemporaryDirectory directory;
  const std::string whole = read_file(sample("colour.jpg")), path = (directory / "noted.jpg").string();
  // What a camera or a program notes: a segment behind the two bytes of the beginning.
  std::string notes("\xFF\xED\x20\x02", 4);
  notes.append(0x2000, 'n');
  write_file(path, whole.substr(0, 2) + notes + whole.substr(2));
  CHECK(inspect_picture_file(path).bytes == static_cast<long>(whole.size() + notes.size()));
  check_equal("picture", decode_picture_file(path, {}), decode_picture_file(sample("colour.jpg"), {}));
}

TEST_CASE("a_damaged_picture_leaves_nothing_behind_for_the_next_one") {
  const std::string whole = read_file(sample("colour.jpg"));
  const auto expected = decode_jpeg(whole, "x");
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
    INFO("cut to " << cut);
    CHECK_THROWS_AS(decode_jpeg(whole.substr(0, cut), "x"), Error);
    const PictureHeader header = read_jpeg_header(whole, "x");
    CHECK(header.width == 37);
    check_equal("the next one", decode_jpeg(whole, "x"), expected);
  }
}

}  // namespace nibble::decode_test
