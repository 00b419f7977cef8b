#include "datasets/fetch.h"

#include "core/check.h"
#include "datasets/cifar.h"
#include "datasets/digest.h"
#include "datasets/unpack_tar_gz.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> file_names(const CifarFormat& format) {
  std::vector<std::string> names;
  for (const auto* files : {&format.train, &format.test}) {
    for (const CifarFile& file : *files) names.push_back(file.name);
  }
  return names;
}

}  // namespace

const std::vector<Archive>& archives() {
  static const std::vector<Archive> table{
      {"cifar10", "https://www.cs.toronto.edu/~kriz", "cifar-10-binary.tar.gz",
       "c32a1d4ab5d03f1284b67883e8d87530", file_names(cifar10_format())},
      {"cifar100", "https://www.cs.toronto.edu/~kriz", "cifar-100-binary.tar.gz",
       "03b5dce01913d631647c71ecec9e9cb8", file_names(cifar100_format())},
  };
  return table;
}

const Archive& find_archive(const std::string& name) {
  std::string names;
  for (const Archive& archive : archives()) {
    if (archive.name == name) return archive;
    names += (names.empty() ? "" : ", ") + archive.name;
  }
  fail("fetch: found unknown data set '", name, "', expected one of ", names);
}

void fetch(const Archive& archive, const fs::path& directory, const std::string& mirror,
           const DownloadProgress& progress) {
  std::error_code error;
  fs::create_directories(directory, error);
  check(!error, directory.string(), ": cannot be made: ", error.message(),
        "; expected a directory to write to");
  const fs::path whole = directory / archive.file;
  if (!fs::exists(whole) || file_md5(whole) != archive.md5) {
    fs::path part = whole;
    part += ".part";
    std::string folder = mirror.empty() ? archive.url : mirror;
    while (folder.ends_with('/')) folder.pop_back();
    const std::string url = folder + "/" + archive.file;
    download(url, part, progress);
    if (const std::string md5 = file_md5(part); md5 != archive.md5) {
      const auto bytes = fs::file_size(part);
      fs::remove(part);
      fail(url, ": found MD5 ", md5, " of ", bytes, " bytes, expected ", archive.md5,
           "; the download is removed, start again or try another mirror");
    }
    fs::rename(part, whole);
  }
  unpack_tar_gz(whole, archive.files, directory);
}

void fetch(const std::string& name, const fs::path& directory, const std::string& mirror,
           const DownloadProgress& progress) {
  fetch(find_archive(name), directory, mirror, progress);
}

}  // namespace nibble
