#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <type_traits>

#include "core/check.h"
#include "core/files/hdf5_file.h"

// What the sources of Hdf5File share. Identifiers close themselves, and negative results become Errors. Only
// the files hdf5_* include HDF5; all others see paths, arrays and attributes.

namespace nibble {
namespace hdf5 {

/// Any HDF5 identifier, closed at the end of its scope.
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

/// What failed first, at the bottom of HDF5's error stack.
std::string reason();

/// Stops HDF5 from printing errors on this thread. Every public function calls it first.
void keep_quiet();

/// The object that is worked on, for messages.
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

/// What all files of ours are made with: a layout that HDF5 1.8 reads, and no times, so that equal contents
/// are equal bytes.
Id new_file_access(const Where& where);
Id new_file_creation(const Where& where);

/// HDF5's names for an element type: in memory, and in the file (little-endian on every machine).
struct ElementType {
  hid_t in_memory, stored;
};

template <typename T>
ElementType element_type() {
  if constexpr (std::is_same_v<T, float>) return {H5T_NATIVE_FLOAT, H5T_IEEE_F32LE};
  if constexpr (std::is_same_v<T, double>) return {H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE};
  if constexpr (std::is_same_v<T, int>) return {H5T_NATIVE_INT, H5T_STD_I32LE};
  if constexpr (std::is_same_v<T, long>) return {H5T_NATIVE_LONG, H5T_STD_I64LE};
  if constexpr (std::is_same_v<T, unsigned char>) return {H5T_NATIVE_UCHAR, H5T_STD_U8LE};
  if constexpr (std::is_same_v<T, std::uint64_t>) return {H5T_NATIVE_UINT64, H5T_STD_U64LE};
}

/// Variable-length UTF-8, which h5py reads as str.
Id text_type();

/// Throws Error unless the stored numbers convert to T without loss. HDF5 itself converts double to float,
/// long to int and negative to unsigned numbers without a word.
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

void check_is_text(hid_t stored, const Where& where);
void check_no_nul(const std::string& text, const Where& where);

}  // namespace hdf5

struct Hdf5File::Handle {
  explicit Handle(hid_t opened, bool is_new = false, std::size_t front_bytes = 0)
      : id(opened), created(is_new), front(front_bytes) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    release();
    if (id >= 0) H5Fclose(id);
  }

  /// The object, open until another one is asked for; negative where it cannot be opened. Readers ask for
  /// many attributes and members of one group, and a walk from the root takes as long as what they ask for.
  hid_t object(const std::string& path) {
    if (kept_ < 0 || path != kept_path_) {
      release();
      kept_ = H5Oopen(id, path.c_str(), H5P_DEFAULT);
      kept_path_ = path;
    }
    return kept_;
  }
  /// Where an object is looked up: the group that it is in, and its name there. From the root where there is
  /// no such group.
  struct Member {
    hid_t group;
    const char* name;
  };
  Member member(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos || slash == 0) return {id, path.c_str()};
    const hid_t group = object(path.substr(0, slash));
    return group < 0 ? Member{id, path.c_str()} : Member{group, path.c_str() + slash + 1};
  }
  /// The file is closed only where nothing in it is open.
  void release() {
    if (kept_ >= 0) H5Idec_ref(kept_);
    kept_ = -1;
  }

  hid_t id;
  bool created;
  std::size_t front;

 private:
  std::string kept_path_;
  hid_t kept_ = -1;
};

}  // namespace nibble
