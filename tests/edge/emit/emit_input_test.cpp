// What stands in front of a model and behind it: codes of bytes, names of classes.
#include <catch2/catch.hpp>
#include <fstream>

#include "core/check.h"
#include "edge/emit/emit_c.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::emit_input_test {
namespace {

IntegerGraph picture_graph() {
  GraphBuilder b({3, 2, 2}, 255, 1);
  b.scores(b.flatten(b.conv(0, {.out_channels = 4}, 15)), 3, 8);
  return b.finish();
}

PixelCodes pixel_codes() {
  PixelCodes pixels{.channels = {"red", "far */ red"}, .mean = {0.485f, 0}, .std = {0.229f, 1}, .table = {}};
  for (int byte = 0; byte < 256; ++byte) pixels.table.push_back(static_cast<std::uint8_t>(255 - byte));
  for (int byte = 0; byte < 256; ++byte) pixels.table.push_back(static_cast<std::uint8_t>(byte / 2));
  return pixels;
}

const char* const kPixels =
    "#include <stdio.h>\n"
    "#include \"eyes.h\"\n"
    R"(
int main(void) {
  uint8_t bytes[EYES_INPUTS] = {0, 0, 255, 255, 10, 10, 1, 1, 2, 2, 3, 200};
  const eyes_output_t scores[EYES_OUTPUTS] = {-5, 7, 7};
  eyes_encode(bytes, bytes);
  for (int i = 0; i < EYES_INPUTS; ++i) printf("%d ", bytes[i]);
  printf("%s, %d channels\n", eyes_names[eyes_best(scores)], EYES_CHANNELS);
  return 0;
}
)";

}  // namespace

TEST_CASE("bytes_become_codes_and_scores_become_a_class") {
  const Scratch scratch;
  emit_c(picture_graph(), scratch.path,
         {.c_name = "eyes", .pixels = pixel_codes(), .classes = {"cat", "a \"dog\"", "ship"}});
  std::ofstream(scratch.path / "program.cc") << kPixels;
  REQUIRE(shell(scratch.path,
                "cc -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror -x c program.cc eyes*.c nbl_*.c "
                "-o program") == 0);
  REQUIRE(shell(scratch.path, "./program") == 0);
  CHECK(read(scratch.path / "log.txt") == "255 0 0 127 245 5 254 0 253 1 252 100 a \"dog\", 2 channels\n");
  CHECK(shell(scratch.path, "make check") == 0);
}

TEST_CASE("header_and_readme_say_what_stands_behind_the_codes") {
  const Scratch scratch;
  emit_c(picture_graph(), scratch.path, {.pixels = pixel_codes(), .classes = {"cat", "dog", "ship"}});
  for (const char* file : {"model.h", "README.txt"}) {
    CHECK_THAT(read(scratch.path / file),
               Catch::Contains("bytes [3, 2, 2]: rows from top to bottom") &&
                   Catch::Contains("x = (byte / 255 - mean) / std") &&
                   Catch::Contains("(x - shift) / scale, rounded and limited to 0 ... 255") &&
                   Catch::Contains("red: mean 0.485, std 0.229\n") &&
                   Catch::Contains("far _/ red: mean 0, std 1\n") && Catch::Contains("model_encode") &&
                   Catch::Contains("model_names"));
  }
  CHECK_THAT(read(scratch.path / "model.h"), Catch::Contains("#define MODEL_SCORE_SCALE "));
  CHECK_THAT(read(scratch.path / "memory.txt"),
             Catch::Contains("model_encode is called, 512 bytes of flash more") &&
                 Catch::Contains("model_names is read, about 25 bytes of flash more"));
  // Nothing is told, and nothing compiled, that is not known.
  const Scratch bare;
  emit_c(picture_graph(), bare.path);
  CHECK_FALSE(std::filesystem::exists(bare.path / "model_pixels.c"));
  CHECK_THAT(read(bare.path / "model.h") + read(bare.path / "README.txt"), !Catch::Contains("model_encode"));
}

TEST_CASE("pixels_and_classes_that_do_not_fit_the_model_are_refused") {
  const Scratch scratch;
  PixelCodes short_table = pixel_codes();
  short_table.table.pop_back();
  CHECK_THROWS_WITH(
      emit_c(picture_graph(), scratch.path, {.pixels = short_table}),
      "emit_c: found codes of pixels with 2 channels, 2 means, 2 deviations and 511 codes, expected those of "
      "an image of [3, 2, 2]");
  CHECK_THROWS_WITH(emit_c(picture_graph(), scratch.path, {.classes = {"cat"}}),
                    Catch::Contains("found 1 names of classes, expected one for each score"));
}

}  // namespace nibble::edge::emit_input_test
