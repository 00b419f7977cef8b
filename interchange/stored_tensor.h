#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/array.h"
#include "interchange/pickle.h"
#include "interchange/stored_numbers.h"

namespace nibble {

// How the pickles of PyTorch describe tensors: as views of storages, whose numbers lie elsewhere in the file.
// All functions throw Error that names the file, `path`, and the tensor.

/// Some numbers of one type.
struct Storage {
  std::string key;
  const StoredType* type = nullptr;
  std::int64_t numbers = 0;
};

/// A tensor: element (i, j, ...) is number  offset + i·strides[0] + j·strides[1] + ...  of its storage.
struct StoredTensor {
  Storage storage;
  std::int64_t offset = 0;
  std::vector<std::int64_t> extents, strides;
};

/// The names that such a pickle may use: of storages, tensors, parameters and ordered dictionaries.
const std::set<std::string>& tensor_globals();

/// The tensors of the state dict below the root of a pickle (pytorch.h says where that may be).
std::map<std::string, StoredTensor> find_tensors(const Pickle& pickle, const std::string& path);

/// All storages that a pickle names, by their keys: those of an optimizer, too.
std::map<std::string, Storage> find_storages(const Pickle& pickle, const std::string& path);

/// The elements of a tensor in order, row-major. bytes: its storage's, little-endian; nothing outside of them
/// is read. An Error refuses a view that reaches beyond them or repeats them into more elements than there
/// are numbers.
Tensor gather(const StoredTensor& tensor, const std::string& bytes, const std::string& name,
              const std::string& path);

}  // namespace nibble
