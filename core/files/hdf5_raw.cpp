// Datasets of bytes that are too many for memory: HDF5 lays them out, and others write and read them in
// place.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/files/hdf5_library.h"

namespace nibble {

using namespace hdf5;

namespace {

// The disk's room is taken before HDF5 writes: it crashes at exit after it met a full one.
void take_room(const std::string& path, std::size_t bytes) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const int error =
      descriptor < 0 || ::fallocate(descriptor, 0, 0, static_cast<off_t>(bytes)) != 0 ? errno : 0;
  if (descriptor >= 0) ::close(descriptor);
  check(error == 0 || error == EOPNOTSUPP, path, ": cannot be written (", std::strerror(error),
        "), expected room for ", bytes, " bytes");
}

haddr_t offset_in_file(hid_t dataset, const Where& where) {
  const haddr_t offset = H5Dget_offset(dataset);
  check(offset != HADDR_UNDEF, where.file, ": '", where.object,
        "' does not lie in one piece, expected bytes as nibble "
        "wrote them");
  return offset;
}

}  // namespace

Hdf5File Hdf5File::create_on_disk(const std::string& path, std::size_t room) {
  keep_quiet();
  const std::string root = "/";
  const Where where{path, root};
  const Id access = new_file_access(where);
  H5Pset_file_locking(access, false, true);
  const Id creation = new_file_creation(where);
  const hid_t id = where.require(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), "set up");
  Hdf5File file(path, std::make_shared<Handle>(id));
  take_room(path, room);
  return file;
}

std::size_t Hdf5File::reserve(const std::string& dataset, std::size_t bytes) {
  const auto slash = dataset.rfind('/');
  if (slash != std::string::npos) make_group(dataset.substr(0, slash));
  const Where where{path_, dataset};
  const hsize_t extent = bytes;
  const Id space(where.require(H5Screate_simple(1, &extent, nullptr), "describe"));
  const Id properties(where.require(H5Pcreate(H5P_DATASET_CREATE), "describe"));
  where.require(H5Pset_obj_track_times(properties, false), "describe");
  where.require(H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY), "describe");
  where.require(H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER), "describe");
  const Id opened(where.require(
      H5Dcreate2(handle_->id, dataset.c_str(), H5T_STD_U8LE, space, H5P_DEFAULT, properties, H5P_DEFAULT),
      "create"));
  return offset_in_file(opened, where);
}

std::size_t Hdf5File::offset_of(const std::string& dataset, std::size_t bytes) const {
  keep_quiet();
  const Where where{path_, dataset};
  const Id opened(where.require(H5Dopen2(handle_->id, dataset.c_str(), H5P_DEFAULT), "open the dataset"));
  const Id stored(where.require(H5Dget_type(opened), "read"));
  const Id space(where.require(H5Dget_space(opened), "read"));
  const hssize_t found = where.require(H5Sget_simple_extent_npoints(space), "read");
  check(H5Tget_class(stored) == H5T_INTEGER && H5Tget_size(stored) == 1 &&
            found == static_cast<hssize_t>(bytes),
        path_, ": found '", dataset, "' with ", found, " elements, expected ", bytes, " bytes");
  return offset_in_file(opened, where);
}

}  // namespace nibble
