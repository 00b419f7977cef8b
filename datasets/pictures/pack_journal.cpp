#include "datasets/pictures/pack_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/check.h"

namespace nibble {
namespace {

int open_to_append(const std::string& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  check(file >= 0, path, ": cannot be written (", std::strerror(errno), ")");
  return file;
}

void append_to(int file, const std::string& path, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    check(n > 0, path, ": cannot be written (", std::strerror(errno), ")");
    done += static_cast<std::size_t>(n);
  }
  check(::fdatasync(file) == 0, path, ": cannot be written (", std::strerror(errno), ")");
}

constexpr const char* kLeftOut = "-";

// A line of the index; false where it is none.
bool parse_length(const std::string& line, std::optional<long>& length) {
  length.reset();
  if (line == kLeftOut) return true;
  std::istringstream text(line);
  long value = 0;
  if (!(text >> value) || !text.eof() || value < 0) return false;
  length = value;
  return true;
}

}  // namespace

PackJournal::PackJournal(const std::string& to, const std::string& key)
    : bytes_path_(to + ".part"), index_path_(to + ".index") {
  read(key);
  bytes_file_ = open_to_append(bytes_path_);
  index_file_ = open_to_append(index_path_);
  // What was written behind the last whole line is forgotten.
  std::string index = key + "\n";
  for (const auto& length : lengths_)
    index += (length ? std::to_string(*length) : kLeftOut) + std::string("\n");
  const bool cut = ::ftruncate(bytes_file_, bytes_) == 0 && ::ftruncate(index_file_, 0) == 0;
  check(cut, bytes_path_, ": cannot be written (", std::strerror(errno), ")");
  append_to(index_file_, index_path_, index);
}

PackJournal::~PackJournal() {
  if (bytes_file_ >= 0) ::close(bytes_file_);
  if (index_file_ >= 0) ::close(index_file_);
}

void PackJournal::read(const std::string& key) {
  std::error_code absent;
  const auto there = static_cast<long>(std::filesystem::file_size(bytes_path_, absent));
  std::ifstream lines(index_path_);
  std::string line;
  if (absent || !std::getline(lines, line) || lines.eof() || line != key) return;
  std::optional<long> length;
  while (std::getline(lines, line) && !lines.eof() && parse_length(line, length)) {
    if (bytes_ + length.value_or(0) > there) return;
    bytes_ += length.value_or(0);
    lengths_.push_back(length);
  }
}

void PackJournal::append(const std::vector<std::optional<std::string>>& pictures) {
  std::string bytes, index;
  for (const auto& picture : pictures) {
    if (picture) bytes += *picture;
    index += (picture ? std::to_string(picture->size()) : kLeftOut) + std::string("\n");
  }
  append_to(bytes_file_, bytes_path_, bytes);
  append_to(index_file_, index_path_, index);
  for (const auto& picture : pictures)
    lengths_.push_back(picture ? std::optional(static_cast<long>(picture->size())) : std::nullopt);
  bytes_ += static_cast<long>(bytes.size());
}

void PackJournal::remove() {
  std::filesystem::remove(bytes_path_);
  std::filesystem::remove(index_path_);
}

}  // namespace nibble
