#include "datasets/fetch/unpack_tar_gz.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>

#include "core/check.h"
#include "core/noncopyable.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 512;  // a tar file is a sequence of these
using Block = std::array<char, kBlock>;

class GzipStream {
 public:
  explicit GzipStream(const fs::path& path)
      : name_(path.string()), file_(gzopen(name_.c_str(), "rb"), [](gzFile file) { gzclose(file); }) {
    check(file_ != nullptr, name_, ": cannot be read: ", std::strerror(errno));
  }

  const std::string& name() const { return name_; }

  void read(Block& block) {
    const int got = gzread(file_.get(), block.data(), kBlock);
    if (got == static_cast<int>(kBlock)) return;
    int code = Z_OK;
    const char* const reason = gzerror(file_.get(), &code);
    fail(name_, ": damaged or cut short, expected a whole .tar.gz archive",
         code < 0 ? str(" (", reason, ")") : std::string());
  }

 private:
  std::string name_;
  std::shared_ptr<gzFile_s> file_;
};

// Fields of a header are octal text, ended by a blank or a zero; -1 for anything else.
long octal(const char* field, std::size_t width) {
  long value = 0;
  std::size_t i = 0;
  while (i < width && field[i] == ' ') ++i;
  for (; i < width && field[i] != ' ' && field[i] != '\0'; ++i) {
    if (field[i] < '0' || field[i] > '7') return -1;
    value = 8 * value + (field[i] - '0');
  }
  return value;
}

struct Member {
  std::string name;  // without its folders
  long size = 0;
  bool regular = false;
  bool end = false;  // no member: the zero block behind the last one
};

// Layout: name 0..99, size 124..135, checksum 148..155 (itself counted as blanks), type 156.
Member read_header(GzipStream& tar) {
  Block header{};
  tar.read(header);
  Member member;
  member.end = std::all_of(header.begin(), header.end(), [](char c) { return c == '\0'; });
  if (member.end) return member;

  long sum = 8 * ' ';
  for (std::size_t i = 0; i < kBlock; ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(header[i]);
  }
  member.size = octal(&header[124], 12);
  check(octal(&header[148], 8) == sum && member.size >= 0, tar.name(),
        ": found a block that is no tar header, expected a tar archive");
  member.name = fs::path(std::string(header.data(), strnlen(header.data(), 100))).filename().string();
  member.regular = header[156] == '0' || header[156] == '\0';
  return member;
}

// A folder of our own beside the targets, removed with all that is still in it.
class Workspace : NonCopyable {
 public:
  explicit Workspace(const fs::path& directory) : path_(directory / str(".unpack.", getpid())) {
    fs::create_directories(path_);
  }
  ~Workspace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void copy_member(GzipStream& tar, const Member& member, const fs::path& target) {
  std::ofstream file(target, std::ios::binary);
  Block block{};
  for (long left = member.size; left > 0; left -= static_cast<long>(kBlock)) {
    tar.read(block);
    file.write(block.data(), std::min(left, static_cast<long>(kBlock)));
  }
  file.close();
  check(!file.fail(), target.string(), ": cannot be written: ", std::strerror(errno));
}

void skip_member(GzipStream& tar, const Member& member) {
  Block block{};
  for (long left = member.size; left > 0; left -= static_cast<long>(kBlock)) tar.read(block);
}

}  // namespace

void unpack_tar_gz(const fs::path& archive, const std::vector<std::string>& wanted,
                   const fs::path& directory) {
  GzipStream tar(archive);
  const Workspace aside(directory);
  std::set<std::string> missing(wanted.begin(), wanted.end());
  while (!missing.empty()) {
    const Member member = read_header(tar);
    check(!member.end, archive.string(), ": found no file ", *missing.begin(), " in it, expected ",
          wanted.size(), " files");
    if (member.regular && missing.erase(member.name) > 0) {
      copy_member(tar, member, aside.path() / member.name);
    } else {
      skip_member(tar, member);
    }
  }
  for (const std::string& name : wanted) fs::rename(aside.path() / name, directory / name);
}

}  // namespace nibble
