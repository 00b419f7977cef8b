#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/fetch/download.h"

namespace nibble {

/// One file that is downloaded.
struct PublishedFile {
  std::string name;
  std::string md5;
  std::vector<std::string>
      unpacked{};  // a .tar.gz: what is taken out of it; empty: the file is taken as it is
};

/// A data set as its authors, or others, publish it.
struct PublishedData {
  std::string name;  // "cifar10"
  std::string url;   // of the folder, without a final slash
  std::vector<PublishedFile> files;
};

const std::vector<PublishedData>& published_data();
/// An Error lists the names there are.
const PublishedData& find_published(const std::string& name);

/// Downloads each file into `directory`, checks it and unpacks there what is packed.
///   mirror   address of a folder that holds the same files, instead of the official one; empty: official
/// A download that was cut off goes on where it ended (DIRECTORY/FILE.part). A file that is already there and
/// whole is not downloaded again, so a second call repairs what is lost or damaged, and what comes out of a
/// whole archive without the network.
void fetch(const PublishedData& data, const std::filesystem::path& directory, const std::string& mirror = "",
           const DownloadProgress& progress = {});
/// The same for a known name.
void fetch(const std::string& name, const std::filesystem::path& directory, const std::string& mirror = "",
           const DownloadProgress& progress = {});

}  // namespace nibble
