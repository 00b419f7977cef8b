// Files and groups. Datasets are in hdf5_datasets.cpp, attributes in hdf5_attributes.cpp.
#include "core/files/hdf5_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/files/atomic_file.h"
#include "core/files/file_kind.h"
#include "core/files/hdf5_library.h"

namespace nibble {

using namespace hdf5;

namespace {

constexpr std::ptrdiff_t kDeepest = 100;      // groups in groups
constexpr std::size_t kMemoryStep = 1 << 20;  // by which a file in memory grows
constexpr std::size_t kReadAtOnce = 1 << 20;  // bytes; a larger file is read object by object

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

struct Link {
  std::string name;
  bool hard;
};

herr_t collect_link(hid_t, const char* name, const H5L_info_t* info, void* into) {
  static_cast<std::vector<Link>*>(into)->push_back({name, info->type == H5L_TYPE_HARD});
  return 0;
}

}  // namespace

Hdf5File::Hdf5File(std::string path, std::shared_ptr<Handle> handle)
    : path_(std::move(path)), handle_(std::move(handle)) {}

// HDF5 1.10 crashes at exit after it met a full disk, so it never writes to one: files are built in memory.
Hdf5File Hdf5File::create(const std::string& path, std::size_t front, Hdf5Readers readers) {
  keep_quiet();
  const std::string root = "/";
  const Where where{path, root};
  const Id access = new_file_access(where);
  // The superblock stays that of 1.8: a newer one would tell readers that somebody still writes, since the
  // bytes are taken before the file is closed.
  if (readers == Hdf5Readers::since_1_10)
    where.require(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V110), "set up");
  where.require(H5Pset_fapl_core(access, kMemoryStep, false), "set up");
  const Id creation = new_file_creation(where);
  where.require(H5Pset_userblock(creation, front), "set up");
  const hid_t id = where.require(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access), "set up");
  return Hdf5File(path, std::make_shared<Handle>(id, true, front));
}

Hdf5File Hdf5File::open(const std::string& path) {
  keep_quiet();
  check(H5Fis_hdf5(path.c_str()) > 0, path, ": found ", describe_file(path), ", expected an HDF5 file");
  H5Lunregister(
      H5L_TYPE_EXTERNAL);  // no file says which other ones are opened; fails where it was done before
  const Id access(H5Pcreate(H5P_FILE_ACCESS));
  // Finished files are replaced, never changed, so readers need no lock, which some cluster file systems
  // lack.
  H5Pset_file_locking(access, false, true);
  // HDF5 asks the disk for each object on its own, hundreds of times for a record: a small file comes whole.
  std::error_code unknown;
  if (std::filesystem::file_size(path, unknown) <= kReadAtOnce) H5Pset_fapl_core(access, kReadAtOnce, false);
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  check(id >= 0, path, ": found a damaged HDF5 file (HDF5: ", id >= 0 ? "" : reason(), ")");
  return Hdf5File(path, std::make_shared<Handle>(id));
}

void Hdf5File::close() {
  keep_quiet();
  const std::string root = "/";
  const Where where{path_, root};
  handle_->release();
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
  const auto [group, name] = handle_->member(object);
  if (group != handle_->id) return H5Lexists(group, name, H5P_DEFAULT) > 0;
  bool found = true;
  for_each_prefix(object, [&](const std::string& prefix) {
    return found = H5Lexists(handle_->id, prefix.c_str(), H5P_DEFAULT) > 0;
  });
  return found;
}

bool Hdf5File::is_group(const std::string& object) const {
  keep_quiet();
  const auto [group, name] = handle_->member(object);
  H5O_info_t info;
  Where{path_, object}.require(H5Oget_info_by_name2(group, name, &info, H5O_INFO_BASIC, H5P_DEFAULT), "open");
  return info.type == H5O_TYPE_GROUP;
}

std::vector<std::string> Hdf5File::children(const std::string& group) const {
  keep_quiet();
  const Where where{path_, group};
  const hid_t opened = where.require(handle_->object(group), "open the group");
  where.require(H5Iget_type(opened) == H5I_GROUP ? 0 : -1, "open the group");
  H5O_info_t object;
  where.require(H5Oget_info2(opened, &object, H5O_INFO_BASIC), "list");
  check(object.rc == 1, path_, ": '", group, "' is a group under ", object.rc, " names, expected a tree");
  check(std::count(group.begin(), group.end(), '/') <= kDeepest, path_, ": found groups more than ", kDeepest,
        " deep, expected fewer");
  std::vector<Link> links;
  where.require(H5Literate(opened, H5_INDEX_NAME, H5_ITER_INC, nullptr, &collect_link, &links), "list");
  std::vector<std::string> names;
  for (Link& link : links) {
    check(link.hard, path_, ": '", group, "/", link.name, "' is a link, expected groups and datasets alone");
    names.push_back(std::move(link.name));
  }
  return names;
}

}  // namespace nibble
