#include "edge/emit/pack.h"

#include <catch2/catch.hpp>

#include "core/check.h"

namespace nibble::edge::pack_test {

TEST_CASE("activation_codes_are_packed_row_by_row") {
  const std::vector<std::uint8_t> codes{1, 2, 15, 4, 0, 8};
  CHECK(pack_codes(codes, 2) == std::vector<std::uint8_t>{0x21, 0x0f, 0x04, 0x08});
  CHECK_THROWS_WITH(pack_codes(std::vector<std::uint8_t>{16}, 1),
                    "pack_codes: found code 16, expected 0 ... 15");
}

TEST_CASE("nibbles_are_packed_low_first") {
  const std::vector<std::int8_t> codes{1, -1, -8, 7};
  CHECK(pack_nibbles(codes, 1) == std::vector<std::uint8_t>{0xf1, 0x78});
}

TEST_CASE("each_row_starts_on_a_byte") {
  const std::vector<std::int8_t> codes{1, 2, 3, 4, 5, 6};
  CHECK(pack_nibbles(codes, 2) == std::vector<std::uint8_t>{0x21, 0x03, 0x54, 0x06});
}

TEST_CASE("unpacking_restores_every_code_at_every_row_length") {
  for (long row = 1; row <= 33; ++row) {
    std::vector<std::int8_t> codes;
    for (long i = 0; i < 3 * row; ++i) codes.push_back(static_cast<std::int8_t>(i * 7 % 16 - 8));
    CHECK(unpack_nibbles(pack_nibbles(codes, 3), 3, row) == codes);
  }
}

TEST_CASE("codes_beyond_four_bits_are_refused") {
  const std::vector<std::int8_t> codes{8};
  CHECK_THROWS_WITH(pack_nibbles(codes, 1), "pack_nibbles: found code 8, expected -8 ... 7");
}

}  // namespace nibble::edge::pack_test
