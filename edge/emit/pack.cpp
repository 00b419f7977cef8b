#include "edge/emit/pack.h"

#include "core/check.h"

namespace nibble::edge {

namespace {

template <typename Code>
std::vector<std::uint8_t> pack(std::span<const Code> codes, long rows, int lowest, int highest,
                               const char* who) {
  check(rows > 0 && static_cast<long>(codes.size()) % rows == 0, who, ": found ", codes.size(),
        " codes, expected ", rows, " rows of equal length");
  const std::size_t row = codes.size() / static_cast<std::size_t>(rows);
  std::vector<std::uint8_t> packed(static_cast<std::size_t>(rows) * ((row + 1) / 2));
  const std::size_t bytes = (row + 1) / 2;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const int code = codes[i];
    check(lowest <= code && code <= highest, who, ": found code ", code, ", expected ", lowest, " ... ",
          highest);
    const std::size_t position = i % row;
    const int nibble = (code & 15) << (position % 2 == 0 ? 0 : 4);
    packed[i / row * bytes + position / 2] |= static_cast<std::uint8_t>(nibble);
  }
  return packed;
}

}  // namespace

std::vector<std::uint8_t> pack_nibbles(std::span<const std::int8_t> codes, long rows) {
  return pack(codes, rows, -8, 7, "pack_nibbles");
}

std::vector<std::uint8_t> pack_codes(std::span<const std::uint8_t> codes, long rows) {
  return pack(codes, rows, 0, 15, "pack_codes");
}

std::vector<std::int8_t> unpack_nibbles(std::span<const std::uint8_t> packed, long rows, long row) {
  const long bytes = (row + 1) / 2;
  check(static_cast<long>(packed.size()) == rows * bytes, "unpack_nibbles: found ", packed.size(),
        " bytes, expected ", rows, " rows of ", bytes);
  std::vector<std::int8_t> codes;
  for (long r = 0; r < rows; ++r) {
    for (long i = 0; i < row; ++i) {
      const int byte = packed[static_cast<std::size_t>(r * bytes + i / 2)];
      const int nibble = (i % 2 == 0 ? byte : byte >> 4) & 15;
      codes.push_back(static_cast<std::int8_t>((nibble ^ 8) - 8));
    }
  }
  return codes;
}

}  // namespace nibble::edge
