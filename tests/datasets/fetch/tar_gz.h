#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace nibble {

/// One ustar member: header and content, filled up to blocks of 512 bytes.
inline std::string tar_member(const std::string& name, const std::string& content, char type = '0') {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<long>(at));
  };
  char octal[16];
  std::snprintf(octal, sizeof octal, "%011lo", static_cast<unsigned long>(content.size()));
  put(0, name);
  put(100, "0000644");
  put(124, octal);
  put(148, "        ");
  header[156] = type;
  put(257, "ustar");
  unsigned long sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  std::snprintf(octal, sizeof octal, "%06lo", sum);
  put(148, octal);
  header[154] = '\0';
  std::string member = header + content;
  member.resize((member.size() + 511) / 512 * 512, '\0');
  return member;
}

/// The two zero blocks that end a tar archive.
inline std::string tar_end() { return std::string(1024, '\0'); }

inline void write_gz(const std::filesystem::path& path, const std::string& bytes) {
  const gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
}

}  // namespace nibble
