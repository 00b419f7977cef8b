#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/array.h"

namespace nibble {

/// How a dataset is stored. Compression (shuffle, deflate, chunks of at most 1 MiB) makes codes, images and
/// long series much smaller, float weights hardly. Datasets below 16 KiB are always plain.
enum class Hdf5Storage { plain, compressed };

/// Which HDF5 can read a file: virtual datasets are unknown to 1.8.
enum class Hdf5Readers { since_1_8, since_1_10 };

/// What the elements of a dataset are.
enum class Hdf5Kind { real, integer, text, other };

struct Hdf5Outline {
  Hdf5Kind kind = Hdf5Kind::other;
  std::vector<long> extents;  // none of a scalar
};

/// A dataset of another file; without extents it is not there.
struct Hdf5Part {
  std::string file, dataset;
  std::vector<long> extents;
};

/// An open HDF5 file. Copies are handles to the same file.
///
/// Objects are named by paths from the root, "/steps/loss". The leading slash may be left out; "/" is the
/// root. Groups on the path are made when something is written. Element types are float, double, int, long,
/// unsigned char (images), std::uint64_t and, in lists, std::string (UTF-8). Reading converts to a wider type
/// of the same family (float to double; integers if every value of the stored type fits) and refuses anything
/// else. Every failure is an Error that names file and object and ends with HDF5's own reason. The same
/// content gives the same bytes, because no times are stored. The name of an attribute may be any text that
/// is not empty.
class Hdf5File {
 public:
  /// A new, empty file, which replaces an existing one. `front` bytes before the content stay free: 0, 512,
  /// 1024, ...
  static Hdf5File create(const std::string& path, std::size_t front = 0,
                         Hdf5Readers readers = Hdf5Readers::since_1_8);
  /// The same on disk from the beginning, for content that is too large for memory. An Error says that there
  /// is no room for `room` bytes.
  static Hdf5File create_on_disk(const std::string& path, std::size_t room);
  /// Opens a file for reading. The Error for anything but a complete HDF5 file says what was found.
  static Hdf5File open(const std::string& path);
  /// Writes a new file to disk; without this call no file is written. The object must not be used afterwards.
  void close();

  const std::string& path() const { return path_; }

  void make_group(const std::string& group);
  bool exists(const std::string& object) const;
  bool is_group(const std::string& object) const;
  /// Names inside a group, sorted.
  std::vector<std::string> children(const std::string& group) const;

  template <typename T>
  void write(const std::string& dataset, const Array<T>& values, Hdf5Storage storage = Hdf5Storage::plain);
  /// One axis.
  template <typename T>
  void write(const std::string& dataset, const std::vector<T>& values,
             Hdf5Storage storage = Hdf5Storage::plain);

  template <typename T>
  Array<T> read_array(const std::string& dataset) const;
  /// The dataset must have one axis.
  template <typename T>
  std::vector<T> read_vector(const std::string& dataset) const;

  /// What a dataset holds, without reading it.
  Hdf5Outline outline(const std::string& dataset) const;
  /// Lays out a dataset [parts, longest first axis, ...] whose values lie in other files, one behind the
  /// other. Names of files are relative to this file's directory, so that both may move. Where a part is
  /// missing or shorter, reals read as NaN and integers as -1. All parts have the same extents behind their
  /// first axis. For files that need HDF5 1.10; what is virtual is not read here, but by h5py and the like.
  void write_virtual(const std::string& dataset, Hdf5Kind kind, const std::vector<Hdf5Part>& parts);

  /// Lays out a dataset of bytes [bytes], at least 1, in one piece, and returns where in the file they begin:
  /// they can be written there once the file is closed. For files of create_on_disk.
  std::size_t reserve(const std::string& dataset, std::size_t bytes);
  /// Where such a dataset begins; an Error refuses one of another type or length, or one in pieces.
  std::size_t offset_of(const std::string& dataset, std::size_t bytes) const;

  /// A scalar attribute of a group or dataset; T: double, int, long, std::uint64_t, std::string. It is an
  /// error if the attribute exists.
  template <typename T>
  void set_attribute(const std::string& object, const std::string& name, const T& value);
  void set_attribute(const std::string& object, const std::string& name, const char* value);
  template <typename T>
  T attribute(const std::string& object, const std::string& name) const;
  bool has_attribute(const std::string& object, const std::string& name) const;
  /// Names of an object's attributes, sorted.
  std::vector<std::string> attributes(const std::string& object) const;

  /// Makes a dataset the scale of axes with the name `name` ("step"), and attaches it to an axis of another
  /// dataset. Plotting tools then label that axis.
  void make_dimension_scale(const std::string& dataset, const std::string& name);
  void attach_dimension_scale(const std::string& dataset, int axis, const std::string& scale);

 private:
  struct Handle;
  Hdf5File(std::string path, std::shared_ptr<Handle> handle);

  std::string path_;
  std::shared_ptr<Handle> handle_;
};

}  // namespace nibble
