// Datasets of an HDF5 file: numbers, texts, and the scales of their axes.
#include <hdf5_hl.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/files/hdf5_library.h"

namespace nibble {

using namespace hdf5;

namespace {

constexpr std::size_t kCompressFromBytes = 16 << 10;
constexpr std::size_t kChunkBytes = 1 << 20;  // HDF5's default chunk cache
constexpr unsigned kDeflateLevel = 4;
constexpr double kLongestRow = 1 << 30;
constexpr double kMostPacked = 1032;  // to one: deflate makes nothing smaller

// Chunks of whole rows, as many as fit.
void compress(hid_t properties, const std::vector<hsize_t>& extents, std::size_t element_bytes,
              const Where& where) {
  std::vector<hsize_t> chunk = extents;
  hsize_t room = kChunkBytes / element_bytes;
  for (std::size_t axis = chunk.size(); axis-- > 0;) {
    chunk[axis] = std::min(chunk[axis], room);
    room = std::max<hsize_t>(1, room / chunk[axis]);
  }
  where.require(H5Pset_chunk(properties, static_cast<int>(chunk.size()), chunk.data()), "lay out");
  where.require(H5Pset_shuffle(properties), "lay out");
  where.require(H5Pset_deflate(properties, kDeflateLevel), "lay out");
}

void write_dataset(hid_t file, const Where& where, const Shape& shape, const ElementType& type,
                   const void* values, Hdf5Storage storage) {
  const std::vector<hsize_t> extents(shape.extents().begin(), shape.extents().end());
  const Id space(where.require(H5Screate_simple(shape.rank(), extents.data(), nullptr), "describe"));
  const Id properties(where.require(H5Pcreate(H5P_DATASET_CREATE), "describe"));
  where.require(H5Pset_obj_track_times(properties, false), "describe");
  const std::size_t element_bytes = H5Tget_size(type.stored);
  if (storage == Hdf5Storage::compressed &&
      static_cast<std::size_t>(shape.count()) * element_bytes >= kCompressFromBytes) {
    compress(properties, extents, element_bytes, where);
  }
  const Id dataset(where.require(
      H5Dcreate2(file, where.object.c_str(), type.stored, space, H5P_DEFAULT, properties, H5P_DEFAULT),
      "create"));
  if (shape.count() > 0)
    where.require(H5Dwrite(dataset, type.in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write");
}

// Bytes of values that the file can hold; none for values that lie in other files.
double capacity(hid_t dataset, const Where& where) {
  const Id properties(where.require(H5Dget_create_plist(dataset), "read"));
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (H5Pget_external_count(properties) != 0 || layout == H5D_VIRTUAL) return 0;
  return static_cast<double>(H5Dget_storage_size(dataset)) * (layout == H5D_CHUNKED ? kMostPacked : 1);
}

// A file only says how many values it holds, and may lie. There may be no rows, but not rows without values.
Shape shape_of(hid_t dataset, const Where& where) {
  const Id space(where.require(H5Dget_space(dataset), "read")),
      type(where.require(H5Dget_type(dataset), "read"));
  const int rank = where.require(H5Sget_simple_extent_ndims(space), "read");
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  where.require(H5Sget_simple_extent_dims(space, extents.data(), nullptr), "read");
  const bool no_rows = rank > 0 && extents[0] == 0;
  double bytes = static_cast<double>(H5Tget_size(type));
  for (int axis = no_rows ? 1 : 0; axis < rank; ++axis)
    bytes *= static_cast<double>(extents[static_cast<std::size_t>(axis)]);
  check(H5Sget_simple_extent_type(space) != H5S_NULL && bytes > 0, where.file, ": '", where.object,
        "' holds no values, expected some");
  check(bytes <= (no_rows ? kLongestRow : capacity(dataset, where)), where.file, ": '", where.object,
        "' promises ", bytes, " bytes of values, more than the file holds");
  return Shape(std::vector<long>(extents.begin(), extents.end()));
}

template <typename T>
void check_numbers(hid_t dataset, const Where& where) {
  const Id stored(where.require(H5Dget_type(dataset), "read"));
  check_widens<T>(stored, where);
}

template <typename T>
Array<T> read_numbers(hid_t dataset, const Shape& shape, const Where& where) {
  Array<T> values = Array<T>::uninitialized(shape);
  if (values.size() > 0)
    where.require(H5Dread(dataset, element_type<T>().in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
                  "read");
  return values;
}

std::vector<std::string> read_texts(hid_t dataset, const Shape& shape, const Where& where) {
  const Id stored(where.require(H5Dget_type(dataset), "read"));
  check_is_text(stored, where);
  const Id type = text_type();
  std::vector<char*> raw(static_cast<std::size_t>(shape.count()));
  if (raw.empty()) return {};
  where.require(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()), "read");
  std::vector<std::string> texts;
  for (const char* text : raw) texts.emplace_back(text ? text : "");
  const Id space(H5Dget_space(dataset));
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw.data());
  return texts;
}

std::string parent(const std::string& object) {
  const auto slash = object.rfind('/');
  return slash == std::string::npos ? "" : object.substr(0, slash);
}

}  // namespace

template <typename T>
void Hdf5File::write(const std::string& dataset, const Array<T>& values, Hdf5Storage storage) {
  make_group(parent(dataset));
  const Where where{path_, dataset};
  check(!values.empty(), path_, ": the array for '", dataset, "' is empty, expected values");
  write_dataset(handle_->id, where, values.shape(), element_type<T>(), values.data(), storage);
}

template <typename T>
void Hdf5File::write(const std::string& dataset, const std::vector<T>& values, Hdf5Storage storage) {
  make_group(parent(dataset));
  const Where where{path_, dataset};
  const Shape shape{static_cast<long>(values.size())};
  if constexpr (std::is_same_v<T, std::string>) {
    const Id type = text_type();
    std::vector<const char*> raw;
    for (const std::string& text : values) check_no_nul(text, where), raw.push_back(text.c_str());
    write_dataset(handle_->id, where, shape, {type, type}, raw.data(), Hdf5Storage::plain);
  } else {
    write_dataset(handle_->id, where, shape, element_type<T>(), values.data(), storage);
  }
}

template <typename T>
Array<T> Hdf5File::read_array(const std::string& dataset) const {
  keep_quiet();
  const Where where{path_, dataset};
  const auto [group, name] = handle_->member(dataset);
  const Id opened(where.require(H5Dopen2(group, name, H5P_DEFAULT), "open the dataset"));
  check_numbers<T>(opened, where);
  return read_numbers<T>(opened, shape_of(opened, where), where);
}

template <typename T>
std::vector<T> Hdf5File::read_vector(const std::string& dataset) const {
  keep_quiet();
  const Where where{path_, dataset};
  const auto [group, name] = handle_->member(dataset);
  const Id opened(where.require(H5Dopen2(group, name, H5P_DEFAULT), "open the dataset"));
  const Shape shape = shape_of(opened, where);
  check(shape.rank() == 1, path_, ": '", dataset, "' has shape ", shape, ", expected one axis");
  if constexpr (std::is_same_v<T, std::string>) {
    return read_texts(opened, shape, where);
  } else {
    check_numbers<T>(opened, where);
    const Array<T> values = read_numbers<T>(opened, shape, where);
    return std::vector<T>(values.begin(), values.end());
  }
}

void Hdf5File::make_dimension_scale(const std::string& dataset, const std::string& name) {
  keep_quiet();
  const Where where{path_, dataset};
  const Id opened(where.require(H5Dopen2(handle_->id, dataset.c_str(), H5P_DEFAULT), "open the dataset"));
  where.require(H5DSset_scale(opened, name.c_str()), "make a dimension scale of");
}

void Hdf5File::attach_dimension_scale(const std::string& dataset, int axis, const std::string& scale) {
  keep_quiet();
  const Where where{path_, dataset};
  const Id opened(where.require(H5Dopen2(handle_->id, dataset.c_str(), H5P_DEFAULT), "open the dataset"));
  const Where ticks{path_, scale};
  const Id attached(ticks.require(H5Dopen2(handle_->id, scale.c_str(), H5P_DEFAULT), "open the dataset"));
  where.require(H5DSattach_scale(opened, attached, static_cast<unsigned>(axis)),
                "attach a dimension scale to");
}

// The closed list of element types.
// clang-format off
#define NIBBLE_HDF5_NUMBERS(T)                                                                  \
  template void Hdf5File::write(const std::string&, const Array<T>&, Hdf5Storage);              \
  template void Hdf5File::write(const std::string&, const std::vector<T>&, Hdf5Storage);        \
  template Array<T> Hdf5File::read_array<T>(const std::string&) const;                          \
  template std::vector<T> Hdf5File::read_vector<T>(const std::string&) const;
// clang-format on

NIBBLE_HDF5_NUMBERS(float)
NIBBLE_HDF5_NUMBERS(double)
NIBBLE_HDF5_NUMBERS(int)
NIBBLE_HDF5_NUMBERS(long)
NIBBLE_HDF5_NUMBERS(unsigned char)
NIBBLE_HDF5_NUMBERS(std::uint64_t)
template void Hdf5File::write(const std::string&, const std::vector<std::string>&, Hdf5Storage);
template std::vector<std::string> Hdf5File::read_vector<std::string>(const std::string&) const;

}  // namespace nibble
