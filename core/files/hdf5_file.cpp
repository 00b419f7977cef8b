// The C library behind a class: identifiers that close themselves, negative results turned into Errors.
// Everything else in the project speaks of paths, arrays and attributes only. Long because HDF5 is seen in
// this file alone.
#include "core/files/hdf5_file.h"

#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/file_kind.h"

namespace nibble {
namespace {

constexpr std::size_t kCompressFromBytes = 16 << 10;
constexpr std::size_t kChunkBytes = 1 << 20;  // HDF5's default chunk cache
constexpr unsigned kDeflateLevel = 4;
constexpr std::size_t kMemoryStep = 1 << 20;  // by which a file in memory grows

// Any HDF5 identifier, closed at the end of its scope.
class Id {
 public:
  explicit Id(hid_t id) : id_(id) {}
  Id(const Id&) = delete;
  Id& operator=(const Id&) = delete;
  ~Id() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
};

// What failed first, at the bottom of HDF5's error stack.
std::string reason() {
  std::string text = "no reason given";
  const auto take_first = [](unsigned n, const H5E_error2_t* error, void* into) -> herr_t {
    if (n == 0 && error->desc) *static_cast<std::string*>(into) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_first, &text);
  std::replace(text.begin(), text.end(), '\n', ' ');  // some reasons hold a date with a line break
  return text;
}

// HDF5 prints errors by itself, per thread, unless told not to.
void keep_quiet() {
  thread_local const bool done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  static_cast<void>(done);
}

// Who is being worked on, for messages.
struct Where {
  const std::string& file;
  const std::string& object;

  template <typename Result>
  Result require(Result result, const char* action) const {
    check(result >= 0, file, ": cannot ", action, " '", object, "' (HDF5: ", result >= 0 ? "" : reason(),
          ")");
    return result;
  }
};

template <typename T>
hid_t memory_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_NATIVE_FLOAT;
  if constexpr (std::is_same_v<T, double>) return H5T_NATIVE_DOUBLE;
  if constexpr (std::is_same_v<T, int>) return H5T_NATIVE_INT;
  if constexpr (std::is_same_v<T, long>) return H5T_NATIVE_LONG;
  if constexpr (std::is_same_v<T, unsigned char>) return H5T_NATIVE_UCHAR;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_NATIVE_UINT64;
}

template <typename T>
hid_t file_type() {
  if constexpr (std::is_same_v<T, float>) return H5T_IEEE_F32LE;
  if constexpr (std::is_same_v<T, double>) return H5T_IEEE_F64LE;
  if constexpr (std::is_same_v<T, int>) return H5T_STD_I32LE;
  if constexpr (std::is_same_v<T, long>) return H5T_STD_I64LE;
  if constexpr (std::is_same_v<T, unsigned char>) return H5T_STD_U8LE;
  if constexpr (std::is_same_v<T, std::uint64_t>) return H5T_STD_U64LE;
}

// Variable-length UTF-8, which h5py reads as str.
Id text_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return Id(type);
}

// Refuses what HDF5 would convert with loss, without a word: double to float, long to int, negative to
// unsigned.
template <typename T>
void check_widens(hid_t stored, const Where& where) {
  const std::size_t bytes = H5Tget_size(stored);
  const bool is_signed = H5Tget_sign(stored) == H5T_SGN_2;
  bool fits = false;
  if constexpr (std::is_floating_point_v<T>) {
    fits = H5Tget_class(stored) == H5T_FLOAT && bytes <= sizeof(T);
  } else {
    const bool same_sign = is_signed == std::is_signed_v<T>;
    fits = H5Tget_class(stored) == H5T_INTEGER &&
           (same_sign ? bytes <= sizeof(T) : std::is_signed_v<T> && bytes < sizeof(T));
  }
  check(fits, where.file, ": '", where.object, "' holds another type of values than the ", 8 * sizeof(T),
        std::is_floating_point_v<T> ? "-bit real" : "-bit integer", " numbers expected");
}

void check_is_text(hid_t stored, const Where& where) {
  check(H5Tget_class(stored) == H5T_STRING && H5Tis_variable_str(stored) > 0, where.file, ": '", where.object,
        "' holds another type of values than the variable-length text expected");
}

void check_no_nul(const std::string& text, const Where& where) {
  check(text.find('\0') == std::string::npos, where.file, ": the text for '", where.object,
        "' holds a zero byte, which HDF5 would take for its end");
}

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

void write_dataset(hid_t file, const Where& where, const Shape& shape, hid_t stored, hid_t in_memory,
                   const void* values, Hdf5Storage storage) {
  const std::vector<hsize_t> extents(shape.extents().begin(), shape.extents().end());
  const Id space(where.require(H5Screate_simple(shape.rank(), extents.data(), nullptr), "describe"));
  const Id properties(where.require(H5Pcreate(H5P_DATASET_CREATE), "describe"));
  where.require(H5Pset_obj_track_times(properties, false), "describe");
  const std::size_t element_bytes = H5Tget_size(stored);
  if (storage == Hdf5Storage::compressed &&
      static_cast<std::size_t>(shape.count()) * element_bytes >= kCompressFromBytes) {
    compress(properties, extents, element_bytes, where);
  }
  const Id dataset(where.require(
      H5Dcreate2(file, where.object.c_str(), stored, space, H5P_DEFAULT, properties, H5P_DEFAULT), "create"));
  if (shape.count() > 0)
    where.require(H5Dwrite(dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "write");
}

Shape shape_of(hid_t dataset, const Where& where) {
  const Id space(where.require(H5Dget_space(dataset), "read"));
  const int rank = where.require(H5Sget_simple_extent_ndims(space), "read");
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  where.require(H5Sget_simple_extent_dims(space, extents.data(), nullptr), "read");
  return Shape(std::vector<long>(extents.begin(), extents.end()));
}

std::vector<std::string> read_texts(hid_t dataset, const Where& where) {
  const Id stored(where.require(H5Dget_type(dataset), "read"));
  check_is_text(stored, where);
  const Id type = text_type();
  std::vector<char*> raw(static_cast<std::size_t>(shape_of(dataset, where).count()));
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

// Calls visit(path of each prefix) from the root down: "a", "a/b", "a/b/c".
template <typename Visit>
void for_each_prefix(const std::string& object, const Visit& visit) {
  for (std::size_t end = 0; end < object.size();) {
    const std::size_t begin = object.find_first_not_of('/', end);
    if (begin == std::string::npos) return;
    end = std::min(object.find('/', begin), object.size());
    if (!visit(object.substr(0, end))) return;
  }
}

herr_t collect_name(hid_t, const char* name, const H5A_info_t*, void* into) {
  static_cast<std::vector<std::string>*>(into)->emplace_back(name);
  return 0;
}

}  // namespace

struct Hdf5File::Handle {
  explicit Handle(hid_t opened, bool is_new = false, std::size_t front_bytes = 0)
      : id(opened), created(is_new), front(front_bytes) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id >= 0) H5Fclose(id);
  }
  hid_t id;
  bool created;
  std::size_t front;
};

Hdf5File::Hdf5File(std::string path, std::shared_ptr<Handle> handle)
    : path_(std::move(path)), handle_(std::move(handle)) {}

// HDF5 1.10 crashes at exit after it met a full disk, so it never writes to one: files are built in memory.
Hdf5File Hdf5File::create(const std::string& path, std::size_t front) {
  keep_quiet();
  const std::string root = "/";
  const Where where{path, root};
  const Id access(where.require(H5Pcreate(H5P_FILE_ACCESS), "set up"));
  where.require(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18), "set up");
  where.require(H5Pset_fapl_core(access, kMemoryStep, false), "set up");
  const Id creation(where.require(H5Pcreate(H5P_FILE_CREATE), "set up"));
  where.require(H5Pset_userblock(creation, front), "set up");
  where.require(H5Pset_obj_track_times(creation, false), "set up");
  const hid_t id = where.require(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), "set up");
  return Hdf5File(path, std::make_shared<Handle>(id, true, front));
}

Hdf5File Hdf5File::open(const std::string& path) {
  keep_quiet();
  check(H5Fis_hdf5(path.c_str()) > 0, path, ": found ", describe_file(path), ", expected an HDF5 file");
  const Id access(H5Pcreate(H5P_FILE_ACCESS));
  // Finished files are replaced, never changed, so readers need no lock, which some cluster file systems
  // lack.
  H5Pset_file_locking(access, false, true);
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  check(id >= 0, path, ": found a damaged HDF5 file (HDF5: ", id >= 0 ? "" : reason(), ")");
  return Hdf5File(path, std::make_shared<Handle>(id));
}

void Hdf5File::close() {
  keep_quiet();
  const std::string root = "/";
  const Where where{path_, root};
  if (handle_->created) {
    where.require(H5Fflush(handle_->id, H5F_SCOPE_GLOBAL), "finish");
    // H5Fget_file_image knows the size, but the bytes are taken from the buffer: it would copy them, and
    // clear flags of the superblock without renewing its checksum.
    const auto size = where.require(H5Fget_file_image(handle_->id, nullptr, 0), "finish");
    void* memory = nullptr;  // where the buffer is noted
    where.require(H5Fget_vfd_handle(handle_->id, H5P_DEFAULT, &memory), "finish");
    write_bytes(path_, {*static_cast<const char**>(memory), handle_->front + static_cast<std::size_t>(size)});
  }
  where.require(H5Fclose(std::exchange(handle_->id, -1)), "close");
}

void Hdf5File::make_group(const std::string& group) {
  keep_quiet();
  for_each_prefix(group, [&](const std::string& prefix) {
    const Where where{path_, prefix};
    if (where.require(H5Lexists(handle_->id, prefix.c_str(), H5P_DEFAULT), "look up") > 0) return true;
    const Id properties(where.require(H5Pcreate(H5P_GROUP_CREATE), "describe"));
    where.require(H5Pset_obj_track_times(properties, false), "describe");
    const Id made(where.require(H5Gcreate2(handle_->id, prefix.c_str(), H5P_DEFAULT, properties, H5P_DEFAULT),
                                "create"));
    return true;
  });
}

bool Hdf5File::exists(const std::string& object) const {
  keep_quiet();
  bool found = true;
  for_each_prefix(object, [&](const std::string& prefix) {
    return found = H5Lexists(handle_->id, prefix.c_str(), H5P_DEFAULT) > 0;
  });
  return found;
}

bool Hdf5File::is_group(const std::string& object) const {
  keep_quiet();
  const Id opened(Where{path_, object}.require(H5Oopen(handle_->id, object.c_str(), H5P_DEFAULT), "open"));
  return H5Iget_type(opened) == H5I_GROUP;
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  keep_quiet();
  const Where where{path_, group};
  const Id opened(where.require(H5Gopen2(handle_->id, group.c_str(), H5P_DEFAULT), "open the group"));
  H5G_info_t info;
  where.require(H5Gget_info(opened, &info), "list");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    const auto name_of = [&](char* text, std::size_t size) {
      return where.require(
          H5Lget_name_by_idx(opened, ".", H5_INDEX_NAME, H5_ITER_INC, i, text, size, H5P_DEFAULT), "list");
    };
    std::string name(static_cast<std::size_t>(name_of(nullptr, 0)), '\0');
    name_of(name.data(), name.size() + 1);
    names.push_back(std::move(name));
  }
  return names;
}

template <typename T>
void Hdf5File::write(const std::string& dataset, const Array<T>& values, Hdf5Storage storage) {
  make_group(parent(dataset));
  const Where where{path_, dataset};
  check(!values.empty(), path_, ": the array for '", dataset, "' is empty, expected values");
  write_dataset(handle_->id, where, values.shape(), file_type<T>(), memory_type<T>(), values.data(), storage);
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
    write_dataset(handle_->id, where, shape, type, type, raw.data(), Hdf5Storage::plain);
  } else {
    write_dataset(handle_->id, where, shape, file_type<T>(), memory_type<T>(), values.data(), storage);
  }
}

template <typename T>
Array<T> Hdf5File::read_array(const std::string& dataset) const {
  keep_quiet();
  const Where where{path_, dataset};
  const Id opened(where.require(H5Dopen2(handle_->id, dataset.c_str(), H5P_DEFAULT), "open the dataset"));
  const Id stored(where.require(H5Dget_type(opened), "read"));
  check_widens<T>(stored, where);
  Array<T> values = Array<T>::uninitialized(shape_of(opened, where));
  if (values.size() > 0) {
    where.require(H5Dread(opened, memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "read");
  }
  return values;
}

template <typename T>
std::vector<T> Hdf5File::read_vector(const std::string& dataset) const {
  keep_quiet();
  const Where where{path_, dataset};
  const Id opened(where.require(H5Dopen2(handle_->id, dataset.c_str(), H5P_DEFAULT), "open the dataset"));
  const Shape shape = shape_of(opened, where);
  check(shape.rank() == 1, path_, ": '", dataset, "' has shape ", shape, ", expected one axis");
  if constexpr (std::is_same_v<T, std::string>) {
    return read_texts(opened, where);
  } else {
    const Array<T> values = read_array<T>(dataset);
    return std::vector<T>(values.begin(), values.end());
  }
}

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
    put(file_type<T>(), memory_type<T>(), &value);
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
  const Id owner(where.require(H5Oopen(handle_->id, object.c_str(), H5P_DEFAULT), "open"));
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
    where.require(H5Aread(attribute, memory_type<T>(), &value), "read");
    return value;
  }
}

bool Hdf5File::has_attribute(const std::string& object, const std::string& name) const {
  keep_quiet();
  const std::string both = object + "@" + name;
  return Where{path_, both}.require(H5Aexists_by_name(handle_->id, object.c_str(), name.c_str(), H5P_DEFAULT),
                                    "look up") > 0;
}

std::vector<std::string> Hdf5File::attributes(const std::string& object) const {
  keep_quiet();
  const Where where{path_, object};
  const Id owner(where.require(H5Oopen(handle_->id, object.c_str(), H5P_DEFAULT), "open"));
  std::vector<std::string> names;
  where.require(H5Aiterate2(owner, H5_INDEX_NAME, H5_ITER_INC, nullptr, &collect_name, &names),
                "list attributes of");
  return names;
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
#define NIBBLE_HDF5_ATTRIBUTES(T)                                                               \
  template void Hdf5File::set_attribute(const std::string&, const std::string&, const T&);      \
  template T Hdf5File::attribute<T>(const std::string&, const std::string&) const;
// clang-format on

NIBBLE_HDF5_NUMBERS(float)
NIBBLE_HDF5_NUMBERS(double)
NIBBLE_HDF5_NUMBERS(int)
NIBBLE_HDF5_NUMBERS(long)
NIBBLE_HDF5_NUMBERS(unsigned char)
NIBBLE_HDF5_NUMBERS(std::uint64_t)
template void Hdf5File::write(const std::string&, const std::vector<std::string>&, Hdf5Storage);
template std::vector<std::string> Hdf5File::read_vector<std::string>(const std::string&) const;

NIBBLE_HDF5_ATTRIBUTES(double)
NIBBLE_HDF5_ATTRIBUTES(int)
NIBBLE_HDF5_ATTRIBUTES(long)
NIBBLE_HDF5_ATTRIBUTES(std::uint64_t)
NIBBLE_HDF5_ATTRIBUTES(std::string)

}  // namespace nibble
