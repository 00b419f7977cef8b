// Archives that a download left. The mutator works on the tar inside of the gzip stream and then makes the
// headers' checksums right; otherwise hardly an input would get past either.
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "datasets/fetch/unpack_tar_gz.h"
#include "tests/fuzz/target.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t most)
    __attribute__((weak));  // the replay has no fuzzer

namespace nibble::fuzz {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kMostTar = 1 << 15;

void unpack(std::string_view bytes) {
  const std::filesystem::path around = folder() / "tar_gz", archive = around / "archive",
                              into = around / "into";
  std::filesystem::create_directory(around);
  write_bytes(archive.string(), bytes);
  std::filesystem::remove_all(into);
  std::string fault;
  try {
    unpack_tar_gz(archive, {"a.txt", "b.bin"}, into);
  } catch (const Error& error) {
    fault = error.what();
  }
  std::size_t unpacked = 0;
  if (std::filesystem::exists(into))
    for (const auto& entry : std::filesystem::directory_iterator(into)) {
      const std::string name = entry.path().filename().string();
      require(entry.is_regular_file() && (name == "a.txt" || name == "b.bin"), "unpacked '" + name + "' too");
      ++unpacked;
    }
  require(unpacked == (fault.empty() ? 2 : 0), "found " + std::to_string(unpacked) + " files, " + fault);
  for (const auto& entry : std::filesystem::directory_iterator(around))
    require(entry.path() == archive || entry.path() == into, "wrote outside: " + entry.path().string());
}

// Nothing where the bytes are no gzip stream.
std::string inflated(const std::uint8_t* bytes, std::size_t size) {
  std::string text(kMostTar, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return {};
  stream.next_in = const_cast<std::uint8_t*>(bytes), stream.avail_in = static_cast<unsigned>(size);
  stream.next_out = reinterpret_cast<Bytef*>(text.data()), stream.avail_out = kMostTar;
  inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::size_t deflated(const std::string& text, std::uint8_t* bytes, std::size_t most) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<unsigned>(text.size());
  stream.next_out = bytes, stream.avail_out = static_cast<unsigned>(most);
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  const std::size_t size = stream.total_out;
  deflateEnd(&stream);
  return whole ? size : 0;
}

// Headers are taken to stand where a member of the size before would end.
void mend_checksums(std::string& tar) {
  for (std::size_t at = 0; at + kBlock <= tar.size();) {
    char* const header = &tar[at];
    if (std::all_of(header, header + kBlock, [](char c) { return c == '\0'; })) return;
    std::memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlock; ++i) sum += static_cast<unsigned char>(header[i]);
    std::snprintf(header + 148, 8, "%06o", sum & 0777777);
    const unsigned long size = std::strtoul(std::string(header + 124, 12).c_str(), nullptr, 8);
    at += kBlock + std::min<unsigned long>(size, kMostTar) / kBlock * kBlock + (size % kBlock ? kBlock : 0);
  }
}

std::size_t mutate(std::uint8_t* bytes, std::size_t size, std::size_t most, unsigned seed) {
  std::string tar = seed % 8 == 0 ? std::string() : inflated(bytes, size);
  if (tar.empty()) return LLVMFuzzerMutate(bytes, size, most);
  const std::size_t before = tar.size();
  tar.resize(kMostTar);
  tar.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(tar.data()), before, kMostTar));
  if (seed % 8 != 1) mend_checksums(tar);
  const std::size_t compressed = deflated(tar, bytes, most);
  return compressed > 0 ? compressed : LLVMFuzzerMutate(bytes, size, most);
}

const Registered tar_gz_target("tar_gz", &unpack, &mutate);

}  // namespace
}  // namespace nibble::fuzz
