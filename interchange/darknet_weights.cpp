#include "interchange/darknet_weights.h"

#include <cstring>
#include <filesystem>

#include "core/check.h"
#include "core/files/atomic_file.h"

namespace nibble {
namespace {

constexpr std::uintmax_t kLargestFile = std::uintmax_t{4} << 30;
constexpr std::size_t kVersion = 3 * sizeof(std::int32_t);

template <typename T>
T number_at(const std::string& bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

template <typename T>
void append(std::string& bytes, const T& value) {
  const auto* from = reinterpret_cast<const char*>(&value);
  bytes.append(from, sizeof value);
}

}  // namespace

DarknetWeights read_darknet_weights(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  check(!error && size <= kLargestFile, path, ": found ", error ? "no regular file" : "more than 4 GiB",
        ", expected weights of darknet");
  const std::string bytes = read_text(path);
  check(bytes.size() >= kVersion, path, ": found ", bytes.size(), " bytes, expected at least ", kVersion,
        ": the version of darknet");
  DarknetWeights weights;
  weights.major = number_at<std::int32_t>(bytes, 0);
  weights.minor = number_at<std::int32_t>(bytes, 4);
  weights.revision = number_at<std::int32_t>(bytes, 8);
  check(weights.major >= 0 && weights.major < 1000 && weights.minor >= 0 && weights.minor < 1000, path,
        ": found version ", weights.major, ".", weights.minor, ", expected one of darknet, such as 0.2");
  const bool wide = weights.major * 10 + weights.minor >= 2;
  const std::size_t begin = kVersion + (wide ? 8 : 4);
  check(bytes.size() >= begin && (bytes.size() - begin) % sizeof(float) == 0, path, ": found ", bytes.size(),
        " bytes, expected ", begin, " and four a number: the file is cut short");
  weights.seen = wide ? number_at<std::uint64_t>(bytes, kVersion) : number_at<std::uint32_t>(bytes, kVersion);
  weights.numbers.resize((bytes.size() - begin) / sizeof(float));
  std::memcpy(weights.numbers.data(), bytes.data() + begin, weights.numbers.size() * sizeof(float));
  return weights;
}

void write_darknet_weights(const std::string& path, const DarknetWeights& weights) {
  std::string bytes;
  append(bytes, weights.major);
  append(bytes, weights.minor);
  append(bytes, weights.revision);
  append(bytes, weights.seen);
  bytes.append(reinterpret_cast<const char*>(weights.numbers.data()), weights.numbers.size() * sizeof(float));
  write_bytes(path, bytes);
}

}  // namespace nibble
