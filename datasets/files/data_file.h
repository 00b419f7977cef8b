#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace nibble {

// What the readers of published data sets have in common.

/// A file that is open for reading from its start.
struct DataFile {
  std::string path;
  long bytes = 0;
  std::ifstream stream;
};

/// An Error names a file that is missing, a directory, or cannot be read.
///   expected   what the message says after "expected"
///   advice     ends the message about a missing file: how to get it
DataFile open_data_file(const std::filesystem::path& path, const std::string& expected,
                        const std::string& advice = "");

/// That advice for a data set that `nibble data fetch` knows by this name.
std::string fetch_advice(const std::string& dataset);

/// An Error names the file and both sums where `found` is not the official one.
void check_official_md5(const std::string& path, const std::string& found, const std::string& official);

}  // namespace nibble
