// The hand-written C kernels, called directly. The emitted models of emitted_c_test.cpp cover the shapes.
#include "edge/kernels/portable/nbl_kernels.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <vector>

#include "edge/emit/embedded_texts.h"
#include "edge/emit/pack.h"
#include "tests/edge/emit/emitted_files.h"

namespace nibble::edge::portable_test {

TEST_CASE("all_256_products_of_4_bit_codes_are_exact_in_both_nibbles") {
  for (int w = -8; w <= 7; ++w) {
    for (int q = 0; q <= 15; ++q) {
      for (const bool high : {false, true}) {
        const std::vector<std::int8_t> weights{static_cast<std::int8_t>(high ? 3 : w),
                                               static_cast<std::int8_t>(high ? w : -5)};
        const std::vector<std::uint8_t> packed = pack_nibbles(weights, 1);
        const std::vector<std::uint8_t> x{static_cast<std::uint8_t>(high ? 0 : q),
                                          static_cast<std::uint8_t>(high ? q : 0)};
        const std::int32_t bias = 0;
        const nbl_linear_scores_t layer{2, 1, packed.data(), &bias};
        std::int32_t score = -1;
        nbl_linear_scores_a8w4(&layer, x.data(), &score);
        CHECK(score == w * q);
      }
    }
  }
}

TEST_CASE("all_products_of_8_bit_codes_are_exact") {
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;
  for (int w = -128; w <= 127; ++w) {
    weights.push_back(static_cast<std::int8_t>(w));
    bias.push_back(w);
  }
  const nbl_linear_scores_t layer{1, 256, weights.data(), bias.data()};
  std::vector<std::int32_t> scores(256);
  for (int q = 0; q <= 255; ++q) {
    const auto x = static_cast<std::uint8_t>(q);
    nbl_linear_scores_a8w8(&layer, &x, scores.data());
    for (int w = -128; w <= 127; ++w) REQUIRE(scores[static_cast<std::size_t>(w + 128)] == w * q + w);
  }
}

TEST_CASE("an_odd_row_ends_in_the_low_nibble_of_its_own_byte") {
  const std::vector<std::int8_t> weights{1, 2, 3, -4, -5, -6};
  const std::vector<std::uint8_t> packed = pack_nibbles(weights, 2);
  const std::vector<std::uint8_t> x{1, 10, 100};
  const std::int32_t bias[] = {1000, -1000};
  const nbl_linear_scores_t layer{3, 2, packed.data(), bias};
  std::int32_t scores[2];
  nbl_linear_scores_a8w4(&layer, x.data(), scores);
  CHECK(scores[0] == 1321);
  CHECK(scores[1] == -1654);
}

TEST_CASE("requantization_floors_negative_products") {
  const std::vector<std::int8_t> weights{-1};
  const std::int32_t mult = 1;
  const std::int64_t offset = 20;  // (20 − q) >> 2
  const nbl_linear_t layer{1, 1, weights.data(), {&mult, &offset, nullptr, nullptr, 1, 2, 0, 15}};
  for (int q = 0; q <= 30; ++q) {
    const auto x = static_cast<std::uint8_t>(q);
    std::uint8_t y = 99;
    nbl_linear_a8w8(&layer, &x, &y);
    CHECK(y == (q > 20 ? 0 : (20 - q) / 4));
  }
}

namespace {

// A pointer to the output that counts where it is, for loops that are compiled as C++.
const char* const kCountedOutput = R"(
struct Output {
  uint8_t* bytes;
  long at, size;
  Output operator+(long n) const {
    Output moved = {bytes, at + n, size};
    if (moved.at < 0 || moved.at > size) abort();
    return moved;
  }
  Output& operator+=(long n) { return *this = *this + n; }
  uint8_t& operator[](long n) const { return *(*this + n); }
  uint8_t& operator*() const {
    if (at == size) abort();
    return bytes[at];
  }
};
)";

const char* const kEachChannel = R"(
int main() {
  const int8_t weights[9] = {1, -1, 2, 3, 1, 0, 1, 1, 1};
  const int32_t mult = 1;
  const int64_t offset = 0;
  uint8_t x[4 * 4 * 3] = {1, 2, 3}, y[4 * 4 * 3];
  const nbl_conv2d_t layer = {4, 4, 3, 4, 4, 3, 3, 3, 1, 1, 1, 1, 1, 1, 3, 0, weights, {&mult, &offset, 0, 0, 0, 0, 0, 255}};
  const Output output = {y, 0, sizeof y};
  for (int32_t channel = 0; channel < 3; ++channel) CHANNEL(&layer, x, weights, channel, output);
}
)";

}  // namespace

TEST_CASE("convolutions_form_no_pointer_beyond_one_past_their_output") {
  for (const std::string op : {"conv2d", "depthwise_conv2d"}) {
    const Scratch scratch;
    for (const EmbeddedFile& file : embedded_texts()) {
      std::string text(file.text);
      if (file.name == "nbl_" + op + "_loops.h")
        text = std::regex_replace(text, std::regex("uint8_t\\* (y|out)\\b"), "Output $1");
      std::ofstream(scratch.path / file.name) << text;
    }
    std::ofstream(scratch.path / "program.cc") << "#include <stdint.h>\n#include <stdlib.h>\n"
                                               << kCountedOutput << "#include \"nbl_" << op
                                               << "_loops.h\"\n#define CHANNEL nbl_" << op << "_channel\n"
                                               << kEachChannel;
    CHECK(shell(scratch.path, "c++ -std=c++11 program.cc -o program && ./program") == 0);
  }
}

}  // namespace nibble::edge::portable_test
