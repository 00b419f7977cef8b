#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/array.h"

namespace nibble {

/// How a dataset lies in the file. Compressed (shuffle, deflate, chunks of at most 1 MiB) pays for codes,
/// images and long series; float weights hardly shrink. Datasets below 16 KiB are always plain.
enum class Hdf5Storage { plain, compressed };

/// An open HDF5 file. Copies are handles to the same file.
///
/// Objects are named by paths from the root, "/steps/loss" (the leading slash may be left out; "/" is the
/// root); groups on the way are made when something is written. Element types are float, double, int, long,
/// unsigned char (images), std::uint64_t and, in lists, std::string (UTF-8). Reading converts between numbers
/// of the same family (float and double; integers, where the value fits) and refuses anything else. Every
/// failure is an Error that names file and object and ends with HDF5's own reason. The same content gives the
/// same bytes: no times are stored. Names of attributes may be anything but empty.
class Hdf5File {
 public:
  /// An empty file, in place of one that may be there. `front` bytes stay free before the content: 0, 512,
  /// 1024, ...
  static Hdf5File create(const std::string& path, std::size_t front = 0);
  /// For reading. Says what it found where that is not an HDF5 file, or a part of one.
  static Hdf5File open(const std::string& path);
  /// Writes a new file; without it, nothing is left of one. Nothing may be asked of the file afterwards.
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

  /// A scalar attribute of a group or dataset; T: double, int, long, std::uint64_t, std::string. An attribute
  /// that is there already is an error.
  template <typename T>
  void set_attribute(const std::string& object, const std::string& name, const T& value);
  void set_attribute(const std::string& object, const std::string& name, const char* value);
  template <typename T>
  T attribute(const std::string& object, const std::string& name) const;
  bool has_attribute(const std::string& object, const std::string& name) const;
  /// Names of an object's attributes, sorted.
  std::vector<std::string> attributes(const std::string& object) const;

  /// Makes a dataset the ticks of axes, called `name` ("step"), and ties one axis of another dataset to it.
  /// Plotting tools then label that axis by themselves.
  void make_dimension_scale(const std::string& dataset, const std::string& name);
  void attach_dimension_scale(const std::string& dataset, int axis, const std::string& scale);

 private:
  struct Handle;
  Hdf5File(std::string path, std::shared_ptr<Handle> handle);

  std::string path_;
  std::shared_ptr<Handle> handle_;
};

}  // namespace nibble
