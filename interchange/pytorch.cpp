#include "interchange/pytorch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/check.h"
#include "core/files/file_kind.h"
#include "interchange/stored_tensor.h"
#include "interchange/zip_archive.h"

namespace nibble {
namespace {

// The bytes of storages by their keys.
using Storages = std::map<std::string, std::string>;

std::map<std::string, Tensor> gather_all(const std::string& path, const Pickle& pickle,
                                         const Storages& storages) {
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, tensor] : find_tensors(pickle, path)) {
    const auto found = storages.find(tensor.storage.key);
    check(found != storages.end(), path, ": tensor '", name, "' has its numbers in '", tensor.storage.key,
          "', which is not in the file");
    tensors.emplace(name, gather(tensor, found->second, name, path));
  }
  return tensors;
}

// "archive/data.pkl", "archive/byteorder", "archive/data/0", ...
std::map<std::string, Tensor> read_zip(const std::string& path) {
  Storages storages;
  std::optional<std::string> description;
  for (auto& [name, content] : read_zip_archive(path)) {
    const std::string file = name.substr(std::min(name.find('/') + 1, name.size()));
    check(file != "byteorder" || content == "little", path, ": found byte order '", content,
          "', expected little");
    if (file == "data.pkl") description = std::move(content);
    if (file.starts_with("data/")) storages[file.substr(5)] = std::move(content);
  }
  check(description.has_value(), path, ": found no data.pkl, expected an archive that torch.save wrote");
  std::istringstream in(*description);
  const Pickle pickle(in, tensor_globals(), path);
  return gather_all(path, pickle, storages);
}

// For each key the count of its numbers, eight bytes, and the numbers.
Storages read_storages(std::istream& in, const std::string& path, const PickleSequence& keys,
                       const std::map<std::string, Storage>& known, std::uint64_t file_bytes) {
  Storages storages;
  for (const PickleItem item : keys.items) {
    const auto* const key = item->as<std::string>();
    check(key != nullptr && known.contains(*key), path, ": found a storage that no tensor has");
    std::int64_t count = 0;
    in.read(reinterpret_cast<char*>(&count), sizeof count);
    const auto width = static_cast<std::int64_t>(known.at(*key).type->bytes);
    check(in.good() && count >= 0 && count <= static_cast<std::int64_t>(file_bytes) / width, path,
          ": storage '", *key, "' is cut short");
    std::string bytes(static_cast<std::size_t>(count * width), '\0');
    check(static_cast<bool>(in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))), path,
          ": storage '", *key, "' is cut short");
    storages[*key] = std::move(bytes);
  }
  return storages;
}

// A magic number, a protocol, the system, the object, the keys of the storages: five pickles. Then the
// storages.
std::map<std::string, Tensor> read_legacy(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  for (int i = 0; i < 3; ++i) const Pickle ignored(in, {}, path);
  const Pickle pickle(in, tensor_globals(), path), keys(in, {}, path);
  const auto* const sequence = keys.root()->as<PickleSequence>();
  check(sequence != nullptr, path, ": found ", keys.root()->kind(), ", expected the list of storages");
  return gather_all(
      path, pickle,
      read_storages(in, path, *sequence, find_storages(pickle, path), std::filesystem::file_size(path)));
}

}  // namespace

std::map<std::string, Tensor> read_pytorch(const std::string& path) {
  switch (file_kind(path)) {
    case FileKind::zip:
      return read_zip(path);
    case FileKind::pytorch:
      return read_legacy(path);
    default:
      fail(path, ": found ", describe_file(path), ", expected a file that torch.save wrote");
  }
}

}  // namespace nibble
