#include "interchange/safetensors.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/file_kind.h"
#include "interchange/stored_numbers.h"

namespace nibble {
namespace {

using nlohmann::json;

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the cap of the reference implementation

// The names of types in a header.
struct Dtype {
  const char* name;
  const StoredType* type;
};

constexpr Dtype kDtypes[] = {
    {"F32", &kFloat32}, {"F64", &kFloat64}, {"F16", &kFloat16}, {"BF16", &kBfloat16}, {"I64", &kInt64}};

struct Entry {
  std::string name;
  const Dtype* dtype = nullptr;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  // within the data
};

// nlohmann::json keeps the last of two equal keys without a word; here they are an error.
json parse_header(const std::string& path, const std::string& text) {
  std::vector<std::set<std::string>> seen;
  const auto refuse_duplicates = [&](int, json::parse_event_t event, json& parsed) {
    if (event == json::parse_event_t::object_start) seen.emplace_back();
    if (event == json::parse_event_t::object_end) seen.pop_back();
    if (event == json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      check(seen.back().insert(key).second, path, ": found '", key,
            "' twice in the header, expected one entry a name");
    }
    return true;
  };
  try {
    json header = json::parse(text, refuse_duplicates);
    check(header.is_object(), path, ": found a header that is not a JSON object");
    return header;
  } catch (const json::exception& error) {
    fail(path, ": found a damaged header: ", error.what());
  }
}

// dump() of a list in a list in a list ... ends the program.
std::string shown(const json& value) {
  return value.is_structured() ? std::string("a") + (value.is_array() ? " list" : "n object") : value.dump();
}

// An array of exactly or at least so many unsigned numbers under a key.
std::vector<std::uint64_t> numbers(const std::string& where, const json& entry, const char* key) {
  check(entry.is_object() && entry.contains(key) && entry[key].is_array(), where, " has no list '", key, "'");
  std::vector<std::uint64_t> values;
  for (const json& value : entry[key]) {
    check(value.is_number_unsigned(), where, " has ", shown(value), " in '", key,
          "', expected numbers from 0");
    values.push_back(value.get<std::uint64_t>());
  }
  return values;
}

Entry read_entry(const std::string& path, const std::string& name, const json& description,
                 std::uint64_t data_bytes) {
  const std::string where = path + ": tensor '" + name + "'";
  Entry entry;
  entry.name = name;

  check(description.is_object() && description.contains("dtype") && description["dtype"].is_string(), where,
        " has no dtype");
  const auto dtype = description["dtype"].get<std::string>();
  for (const Dtype& known : kDtypes) {
    if (dtype == known.name) entry.dtype = &known;
  }
  check(entry.dtype != nullptr, where, " has dtype ", dtype, ", expected F32, F64, F16, BF16 or I64");

  // The bytes of a tensor without values are 0, but its other extents are multiplied, too.
  std::uint64_t bytes = entry.dtype->type->bytes, most = bytes;
  std::vector<long> extents;
  for (const std::uint64_t extent : numbers(where, description, "shape")) {
    check(!__builtin_mul_overflow(most, std::max<std::uint64_t>(extent, 1), &most) &&
              most <= static_cast<std::uint64_t>(std::numeric_limits<long>::max()),
          where, " has a shape larger than any file");
    bytes *= extent;
    extents.push_back(static_cast<long>(extent));
  }
  entry.shape = Shape(extents);

  const auto offsets = numbers(where, description, "data_offsets");
  check(offsets.size() == 2, where, " has ", offsets.size(), " data_offsets, expected begin and end");
  entry.begin = offsets[0], entry.end = offsets[1];
  check(entry.begin <= entry.end && entry.end <= data_bytes, where, " lies at bytes ", entry.begin, " to ",
        entry.end, ", outside of the file's ", data_bytes, " bytes of values");
  check(entry.end - entry.begin == bytes, where, " has ", entry.end - entry.begin, " bytes, but its shape ",
        entry.shape, " in ", entry.dtype->name, " takes ", bytes);
  return entry;
}

// Sorts by position; together the tensors must be the data, each byte in one of them.
void check_contiguous(const std::string& path, std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t position = 0;
  for (const Entry& entry : entries) {
    check(entry.begin == position, path, ": tensor '", entry.name, "' begins at byte ", entry.begin,
          entry.begin < position ? ", inside its neighbour" : ", behind a gap", ", expected ", position);
    position = entry.end;
  }
  check(position == data_bytes, path, ": found ", data_bytes - position,
        " bytes behind the last tensor, expected none");
}

}  // namespace

Safetensors read_safetensors(const std::string& path) {
  check(file_kind(path) == FileKind::safetensors, path, ": found ", describe_file(path),
        ", expected a safetensors file");
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto file_bytes = static_cast<std::uint64_t>(file.tellg());
  std::uint64_t header_bytes = 0;
  file.seekg(0).read(reinterpret_cast<char*>(&header_bytes), kLengthBytes);
  check(header_bytes <= kMaxHeaderBytes, path, ": found a header of ", header_bytes,
        " bytes, expected at most ", kMaxHeaderBytes);
  check(header_bytes <= file_bytes - kLengthBytes, path, ": found a header of ", header_bytes,
        " bytes, which does not fit into the file's ", file_bytes);
  const std::uint64_t data_bytes = file_bytes - kLengthBytes - header_bytes;

  std::string text(header_bytes, '\0');
  check(static_cast<bool>(file.read(text.data(), static_cast<std::streamsize>(text.size()))), path,
        ": cannot be read");
  Safetensors content;
  std::vector<Entry> entries;
  const json header = parse_header(path, text);
  for (const auto& [name, description] : header.items()) {
    if (name == "__metadata__") {
      check(description.is_object(), path, ": found metadata that are not a JSON object");
      for (const auto& [key, value] : description.items()) {
        check(value.is_string(), path, ": metadata '", key, "' is ", shown(value), ", expected a text");
        content.metadata[key] = value.get<std::string>();
      }
    } else {
      entries.push_back(read_entry(path, name, description, data_bytes));
    }
  }
  check_contiguous(path, entries, data_bytes);

  std::vector<char> raw;
  for (const Entry& entry : entries) {  // in the order of the file
    raw.resize(entry.end - entry.begin);
    check(static_cast<bool>(file.read(raw.data(), static_cast<std::streamsize>(raw.size()))), path,
          ": cannot be read");
    Tensor values = Tensor::uninitialized(entry.shape);
    entry.dtype->type->convert(raw.data(), values.data(), values.size());
    content.tensors[entry.name] = values;
  }
  return content;
}

void write_safetensors(const std::string& path, const Safetensors& content) {
  json header = json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::uint64_t position = 0;
  for (const auto& [name, values] : content.tensors) {
    check(name != "__metadata__", path, ": a tensor may not be called '__metadata__'");
    const std::uint64_t end = position + static_cast<std::uint64_t>(values.size()) * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", values.shape().extents()}, {"data_offsets", {position, end}}};
    position = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8,
              ' ');  // values aligned to 8 bytes, as the reference implementation does

  write_atomically(path, [&](const std::string& aside) {
    std::ofstream file(aside, std::ios::binary);
    const std::uint64_t header_bytes = text.size();
    file.write(reinterpret_cast<const char*>(&header_bytes), kLengthBytes);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const auto& [name, values] : content.tensors) {
      const std::vector<float> raw(values.begin(), values.end());
      file.write(reinterpret_cast<const char*>(raw.data()),
                 static_cast<std::streamsize>(raw.size() * sizeof(float)));
    }
    file.close();
    check(static_cast<bool>(file), aside, ": cannot be written");
  });
}

}  // namespace nibble
