#pragma once

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace nibble {

/// The values of a .npy file of version 1 (magic, 2-byte header length at 8, header, data), which holds
/// `count` of type T.
template <typename T>
std::vector<T> read_npy(const std::filesystem::path& path, std::size_t count) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  INFO(path.string());
  REQUIRE(bytes.size() > 10);
  const std::size_t begin =
      10 + static_cast<unsigned char>(bytes[8]) + 256u * static_cast<unsigned char>(bytes[9]);
  REQUIRE(bytes.size() == begin + count * sizeof(T));
  std::vector<T> values(count);
  std::memcpy(values.data(), bytes.data() + begin, count * sizeof(T));
  return values;
}

}  // namespace nibble
