#include "interchange/zip_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <memory>

#include "core/check.h"

namespace nibble {
namespace {

constexpr std::size_t kBlock = 1 << 16;

struct Closer {
  void operator()(archive* opened) const { archive_read_free(opened); }
};

std::string content_of(archive* opened, std::uint64_t limit, const std::string& path,
                       const std::string& name) {
  std::string content;
  for (char block[kBlock];;) {
    const la_ssize_t got = archive_read_data(opened, block, sizeof block);
    check(got >= 0, path, ": '", name, "' cannot be read: ", archive_error_string(opened));
    if (got == 0) return content;
    content.append(block, static_cast<std::size_t>(got));
    check(content.size() <= limit, path, ": found compressed files, expected what torch.save writes");
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> read_zip_archive(const std::string& path) {
  const std::unique_ptr<archive, Closer> opened(archive_read_new());
  check(opened && archive_read_support_format_zip_seekable(opened.get()) == ARCHIVE_OK, path,
        ": found no reader of zip");
  check(archive_read_open_filename(opened.get(), path.c_str(), kBlock) == ARCHIVE_OK, path,
        ": cannot be read: ", archive_error_string(opened.get()));
  std::vector<std::pair<std::string, std::string>> files;
  std::uint64_t left = std::filesystem::file_size(path);
  for (archive_entry* entry = nullptr;;) {
    const int status = archive_read_next_header(opened.get(), &entry);
    if (status == ARCHIVE_EOF) return files;
    check(status == ARCHIVE_OK, path, ": found a damaged archive: ", archive_error_string(opened.get()));
    const char* const name = archive_entry_pathname(entry);
    check(name != nullptr, path, ": found a file without a name in the archive");
    files.emplace_back(name, content_of(opened.get(), left, path, name));
    left -= files.back().second.size();
  }
}

}  // namespace nibble
