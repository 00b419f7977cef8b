#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/download.h"

namespace nibble {

/// A data set as its authors publish it.
struct Archive {
  std::string name;                // "cifar10"
  std::string url;                 // of the folder, without a final slash
  std::string file;                // a .tar.gz
  std::string md5;                 // of that file
  std::vector<std::string> files;  // what is unpacked
};

const std::vector<Archive>& archives();
/// An Error lists the names there are.
const Archive& find_archive(const std::string& name);

/// Downloads the archive into `directory`, checks it and unpacks it there.
///   mirror   address of a folder that holds the same file, instead of the official one; empty: official
/// A download that was cut off goes on where it ended (DIRECTORY/FILE.part). An archive that is already there
/// and whole is not downloaded again, so a second call repairs lost or damaged files without the network.
void fetch(const Archive& archive, const std::filesystem::path& directory, const std::string& mirror = "",
           const DownloadProgress& progress = {});
/// The same for a known name.
void fetch(const std::string& name, const std::filesystem::path& directory, const std::string& mirror = "",
           const DownloadProgress& progress = {});

}  // namespace nibble
