#include "interchange/stored_tensor.h"

#include <algorithm>

#include "core/check.h"

namespace nibble {
namespace {

const std::map<std::string, const StoredType*> kStorages{
    {"torch.DoubleStorage", &kFloat64}, {"torch.FloatStorage", &kFloat32},
    {"torch.HalfStorage", &kFloat16},   {"torch.BFloat16Storage", &kBfloat16},
    {"torch.LongStorage", &kInt64},     {"torch.IntStorage", &kInt32},
    {"torch.ShortStorage", &kInt16},    {"torch.CharStorage", &kInt8},
    {"torch.ByteStorage", &kUint8},     {"torch.BoolStorage", &kUint8}};

constexpr const char* kTensor = "torch._utils._rebuild_tensor";
constexpr const char* kTensor2 = "torch._utils._rebuild_tensor_v2";
constexpr const char* kParameter = "torch._utils._rebuild_parameter";

// Below which key of a training checkpoint the state dict may be; "": the file is one.
constexpr const char* kStateDicts[] = {"", "state_dict", "model_state_dict", "model", "net"};

// Part `index` of a description, which has to be of a kind.
template <typename Kind>
const Kind& part(const std::string& where, const PickleSequence& parts, std::size_t index) {
  check(index < parts.items.size(), where, " is described by ", parts.items.size(), " values, expected more");
  const Kind* const kind = parts.items[index]->as<Kind>();
  check(kind != nullptr, where, " has ", parts.items[index]->kind(), " as value ", index,
        " of its description, expected another");
  return *kind;
}

std::vector<std::int64_t> numbers(const std::string& where, const PickleSequence& parts, std::size_t index) {
  std::vector<std::int64_t> values;
  const auto& sequence = part<PickleSequence>(where, parts, index);
  for (std::size_t i = 0; i < sequence.items.size(); ++i)
    values.push_back(part<std::int64_t>(where, sequence, i));
  return values;
}

// ('storage', class, key, device, numbers, view)
Storage storage_of(const std::string& where, const PicklePersistent& persistent) {
  const auto* const parts = persistent.id->as<PickleSequence>();
  check(parts != nullptr, where, " has ", persistent.id->kind(), " as storage, expected a sequence");
  const std::string& type = part<PickleGlobal>(where, *parts, 1).name;
  const auto found = kStorages.find(type);
  check(found != kStorages.end(), where, " has a storage of ", type);
  check(parts->items.size() < 6 || parts->items[5]->as<std::monostate>(), where,
        " is a part of another storage, expected a storage of its own");
  return {part<std::string>(where, *parts, 2), found->second, part<std::int64_t>(where, *parts, 4)};
}

// A tensor (storage, offset, extents, strides, ...), or a parameter (tensor, ...).
StoredTensor tensor_of(const std::string& where, const PickleCall& call) {
  const auto& arguments = *call.arguments->as<PickleSequence>();
  if (call.function == kParameter) {
    const auto& inner = part<PickleCall>(where, arguments, 0);
    check(inner.function != kParameter, where, " is a parameter of a parameter");
    return tensor_of(where, inner);
  }
  check(call.function == kTensor || call.function == kTensor2, where, " is made by ", call.function,
        ", expected a tensor");
  return {storage_of(where, part<PicklePersistent>(where, arguments, 0)),
          part<std::int64_t>(where, arguments, 1), numbers(where, arguments, 2),
          numbers(where, arguments, 3)};
}

std::string tensor_name(const std::string& path, const std::string& name) {
  return path + ": tensor '" + name + "'";
}

std::map<std::string, StoredTensor> tensors_in(const PickleDictionary& dictionary, const std::string& path) {
  std::map<std::string, StoredTensor> tensors;
  for (const auto& [key, value] : dictionary.items) {
    const auto* const name = key->as<std::string>();
    const auto* const call = value->as<PickleCall>();
    if (name && call) tensors[*name] = tensor_of(tensor_name(path, *name), *call);
  }
  return tensors;
}

PickleItem find(const PickleDictionary& dictionary, const std::string& key) {
  for (const auto& [name, value] : dictionary.items) {
    if (const auto* text = name->as<std::string>(); text && *text == key) return value;
  }
  return nullptr;
}

// Whether all elements lie inside of so many numbers, and are not more. A tensor without elements has other
// extents that are multiplied, too.
bool fits(const StoredTensor& tensor, std::int64_t numbers) {
  std::int64_t elements = 1, most = 1, last = tensor.offset;
  bool in_range = tensor.offset >= 0;
  for (std::size_t d = 0; d < tensor.extents.size(); ++d) {
    std::int64_t reach = 0;
    in_range = in_range && tensor.extents[d] >= 0 && tensor.strides[d] >= 0 &&
               !__builtin_mul_overflow(most, std::max<std::int64_t>(tensor.extents[d], 1), &most) &&
               !__builtin_mul_overflow(tensor.extents[d] - 1, tensor.strides[d], &reach) &&
               !__builtin_add_overflow(last, reach, &last);
    if (in_range) elements *= tensor.extents[d];
  }
  return in_range && (elements == 0 || (last < numbers && elements <= numbers));
}

// Whether the elements lie one behind the other, row-major.
bool contiguous(const StoredTensor& tensor) {
  std::int64_t stride = 1;
  for (std::size_t d = tensor.extents.size(); d-- > 0;) {
    if (tensor.extents[d] != 1 && tensor.strides[d] != stride) return false;
    stride *= tensor.extents[d];
  }
  return true;
}

}  // namespace

const std::set<std::string>& tensor_globals() {
  static const std::set<std::string> names = [] {
    std::set<std::string> all{"collections.OrderedDict", kTensor, kTensor2, kParameter};
    for (const auto& [name, type] : kStorages) all.insert(name);
    return all;
  }();
  return names;
}

std::map<std::string, StoredTensor> find_tensors(const Pickle& pickle, const std::string& path) {
  const auto* const root = pickle.root()->as<PickleDictionary>();
  for (const std::string key : kStateDicts) {
    if (!root) break;
    const PickleItem at = key.empty() ? pickle.root() : find(*root, key);
    const auto* const dictionary = at ? at->as<PickleDictionary>() : nullptr;
    if (!dictionary) continue;
    std::map<std::string, StoredTensor> tensors = tensors_in(*dictionary, path);
    if (!tensors.empty()) return tensors;
  }
  fail(path, ": found no dictionary of tensors, expected what torch.save(model.state_dict(), ...) writes");
}

std::map<std::string, Storage> find_storages(const Pickle& pickle, const std::string& path) {
  std::map<std::string, Storage> storages;
  for (const PickleValue& value : pickle.values()) {
    const auto* const persistent = value.as<PicklePersistent>();
    if (!persistent) continue;
    const Storage storage = storage_of(path + ": a tensor", *persistent);
    const auto [known, inserted] = storages.emplace(storage.key, storage);
    check(inserted || known->second.type == storage.type, path, ": storage '", storage.key,
          "' is of two types");
  }
  return storages;
}

Tensor gather(const StoredTensor& tensor, const std::string& bytes, const std::string& name,
              const std::string& path) {
  const std::string where = tensor_name(path, name);
  check(tensor.extents.size() == tensor.strides.size(), where, " has ", tensor.extents.size(),
        " extents and ", tensor.strides.size(), " strides");
  const StoredType& type = *tensor.storage.type;
  const auto width = static_cast<std::int64_t>(type.bytes);
  const std::int64_t available = static_cast<std::int64_t>(bytes.size()) / width;
  check(fits(tensor, available), where, " reaches beyond the ", available, " numbers of its storage");

  Tensor values = Tensor::uninitialized(Shape({tensor.extents.begin(), tensor.extents.end()}));
  if (values.size() == 0) return values;
  if (contiguous(tensor)) {
    type.convert(bytes.data() + tensor.offset * width, values.data(), values.size());
    return values;
  }
  std::vector<std::int64_t> at(tensor.extents.size(), 0);
  std::int64_t from = tensor.offset;
  for (long i = 0; i < values.size(); ++i) {
    type.convert(bytes.data() + from * width, &values[i], 1);
    for (std::size_t d = at.size(); d-- > 0;) {  // the next index, last axis first
      from += tensor.strides[d];
      if (++at[d] < tensor.extents[d]) break;
      from -= at[d] * tensor.strides[d];
      at[d] = 0;
    }
  }
  return values;
}

}  // namespace nibble
