// Attributes of the groups and datasets of an HDF5 file.
#include <vector>

#include "core/files/hdf5_library.h"

namespace nibble {

using namespace hdf5;

namespace {

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* into) {
  static_cast<std::vector<std::string>*>(into)->emplace_back(name);
  return 0;
}

}  // namespace

template <typename T>
void Hdf5File::set_attribute(const std::string& object, const std::string& name, const T& value) {
  keep_quiet();
  const std::string both = object + "@" + name;
  const Where where{path_, both};
  const Id owner(where.require(H5Oopen(handle_->id, object.c_str(), H5P_DEFAULT), "open"));
  const Id space(where.require(H5Screate(H5S_SCALAR), "describe"));
  const auto put = [&](hid_t stored, hid_t in_memory, const void* source) {
    const Id attribute(
        where.require(H5Acreate2(owner, name.c_str(), stored, space, H5P_DEFAULT, H5P_DEFAULT), "create"));
    where.require(H5Awrite(attribute, in_memory, source), "write");
  };
  if constexpr (std::is_same_v<T, std::string>) {
    check_no_nul(value, where);
    const Id type = text_type();
    const char* raw = value.c_str();
    put(type, type, &raw);
  } else {
    put(element_type<T>().stored, element_type<T>().in_memory, &value);
  }
}

void Hdf5File::set_attribute(const std::string& object, const std::string& name, const char* value) {
  set_attribute(object, name, std::string(value));
}

template <typename T>
T Hdf5File::attribute(const std::string& object, const std::string& name) const {
  keep_quiet();
  const std::string both = object + "@" + name;
  const Where where{path_, both};
  const hid_t owner = where.require(handle_->object(object), "open");
  const Id attribute(where.require(H5Aopen(owner, name.c_str(), H5P_DEFAULT), "open the attribute"));
  const Id stored(where.require(H5Aget_type(attribute), "read"));
  const Id space(where.require(H5Aget_space(attribute), "read"));
  check(H5Sget_simple_extent_npoints(space) == 1, path_, ": '", both, "' is a list, expected one value");
  if constexpr (std::is_same_v<T, std::string>) {
    check_is_text(stored, where);
    const Id type = text_type();
    char* raw = nullptr;
    where.require(H5Aread(attribute, type, &raw), "read");
    const std::string text = raw ? raw : "";
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, &raw);
    return text;
  } else {
    check_widens<T>(stored, where);
    T value{};
    where.require(H5Aread(attribute, element_type<T>().in_memory, &value), "read");
    return value;
  }
}

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  keep_quiet();
  const std::string both = object + "@" + name;
  const Where where{path_, both};
  return where.require(H5Aexists(where.require(handle_->object(object), "look up"), name.c_str()),
                       "look up") > 0;
}

std::vector<std::string> Hdf5File::attributes(const std::string& object) const {
  keep_quiet();
  const Where where{path_, object};
  const hid_t owner = where.require(handle_->object(object), "open");
  std::vector<std::string> names;
  where.require(H5Aiterate2(owner, H5_INDEX_NAME, H5_ITER_INC, nullptr, &collect_name, &names),
                "list attributes of");
  return names;
}

// The closed list of types.
// clang-format off
#define NIBBLE_HDF5_ATTRIBUTES(T)                                                               \
  template void Hdf5File::set_attribute(const std::string&, const std::string&, const T&);      \
  template T Hdf5File::attribute<T>(const std::string&, const std::string&) const;
// clang-format on

NIBBLE_HDF5_ATTRIBUTES(double)
NIBBLE_HDF5_ATTRIBUTES(int)
NIBBLE_HDF5_ATTRIBUTES(long)
NIBBLE_HDF5_ATTRIBUTES(std::uint64_t)
NIBBLE_HDF5_ATTRIBUTES(std::string)

}  // namespace nibble
