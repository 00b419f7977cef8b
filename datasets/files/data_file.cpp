#include "datasets/files/data_file.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/check.h"

namespace nibble {

DataFile open_data_file(const std::filesystem::path& path, const std::string& expected,
                        const std::string& advice) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(path, error);  // a directory has none
  const bool missing = error == std::errc::no_such_file_or_directory;
  check(!error, path.string(), ": ", error.message(), "; expected ", expected, missing ? advice : "");
  DataFile file{path.string(), static_cast<long>(bytes), std::ifstream(path, std::ios::binary)};
  check(file.stream.is_open(), file.path, ": cannot be read: ", std::strerror(errno));
  return file;
}

std::string fetch_advice(const std::string& dataset) {
  return " (`nibble data fetch " + dataset + "` downloads it)";
}

void check_official_md5(const std::string& path, const std::string& found, const std::string& official) {
  check(found == official, path, ": found MD5 ", found, ", expected ", official,
        "; `dataset.verify = false` reads changed files");
}

}  // namespace nibble
