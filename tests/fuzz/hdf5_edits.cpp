#include "tests/fuzz/hdf5_edits.h"

#include <hdf5.h>

#include <cmath>
#include <limits>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/hdf5_library.h"
#include "tests/support/temporary_directory.h"

namespace nibble::fuzz {
namespace {

using hdf5::Id;

constexpr double kMostWritten = 256;  // values; a larger dataset stays without storage
constexpr std::size_t kMostEdits = 8;

/// An HDF5 file in memory.
class Image {
 public:
  Image(const std::string& bytes, std::size_t front) : front_(front) {
    hdf5::keep_quiet();
    H5set_free_list_limits(-1, -1, -1, -1, -1, -1);  // faster: what a closed file had serves the next one
    const Id access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fapl_core(access, 1 << 16, false);
    H5Pset_file_image(access, const_cast<char*>(bytes.data()), bytes.size());
    file_ = H5Fopen("image", H5F_ACC_RDWR, access);
    require(file_ >= 0, "the file to edit cannot be opened");
  }
  Image(const Image&) = delete;
  ~Image() { H5Fclose(file_); }

  operator hid_t() const { return file_; }

  void write(const std::string& path) const {
    H5Fflush(file_, H5F_SCOPE_GLOBAL);
    const auto size = H5Fget_file_image(file_, nullptr, 0);
    void* memory = nullptr;
    H5Fget_vfd_handle(file_, H5P_DEFAULT, &memory);
    write_bytes(path, {*static_cast<const char**>(memory), front_ + static_cast<std::size_t>(size)});
  }

 private:
  std::size_t front_;
  hid_t file_;
};

herr_t list_object(hid_t, const char* name, const H5O_info_t*, void* into) {
  static_cast<std::vector<std::string>*>(into)->push_back(name);
  return 0;
}

herr_t list_attribute(hid_t, const char* name, const H5A_info_t*, void* into) {
  static_cast<std::vector<std::string>*>(into)->push_back(name);
  return 0;
}

Id variable_text() { return hdf5::text_type(); }

Id type_of(Choices& choices) {
  const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U64LE,
                         H5T_STD_U8LE,   H5T_STD_I8LE,   H5T_STD_I64BE, H5T_IEEE_F64BE};
  const std::size_t chosen = choices.below(std::size(types) + 2);
  if (chosen == std::size(types)) return variable_text();
  const hid_t type = H5Tcopy(chosen < std::size(types) ? types[chosen] : H5T_C_S1);
  if (chosen > std::size(types)) H5Tset_size(type, 1 + choices.below(8));
  return Id(type);
}

Id space_of(Choices& choices) {
  static constexpr hsize_t kExtents[] = {0,
                                         1,
                                         2,
                                         3,
                                         4,
                                         5,
                                         8,
                                         12,
                                         16,
                                         20,
                                         100,
                                         1 << 16,
                                         hsize_t{1} << 29,
                                         hsize_t{1} << 31,
                                         hsize_t{1} << 33,
                                         hsize_t{1} << 62};
  const std::size_t rank = choices.below(6);
  if (rank == 5) return Id(H5Screate(H5S_NULL));
  if (rank == 0) return Id(H5Screate(H5S_SCALAR));
  hsize_t extents[4] = {};
  for (std::size_t axis = 0; axis < rank; ++axis) extents[axis] = choices.one_of(kExtents);
  return Id(H5Screate_simple(static_cast<int>(rank), extents, nullptr));
}

double number_of(Choices& choices) {
  using Limits = std::numeric_limits<double>;
  static constexpr double kNumbers[] = {0,
                                        1,
                                        2,
                                        -1,
                                        3,
                                        0.5,
                                        1e9,
                                        -1e9,
                                        255,
                                        4e18,
                                        -4e18,
                                        1e308,
                                        1e-308,
                                        1.8446744e19,
                                        Limits::infinity(),
                                        Limits::quiet_NaN()};
  const std::size_t chosen = choices.below(32);
  return chosen < std::size(kNumbers) ? kNumbers[chosen] : static_cast<double>(choices.below(256));
}

std::string text_of(Choices& choices) {
  static const std::string kTexts[] = {
      "",     "up",  "down",  "images",    "tokens",
      "top1", "ppl", "valid", "1",         "-1",
      "a/b",  "/",   "..",    "quantizer", "[quant]\noverride = a:weight_bits=4\n"};
  const std::size_t chosen = choices.below(2 * std::size(kTexts));
  return chosen < std::size(kTexts) ? kTexts[chosen] : choices.text();
}

// What `write` is to put into so many places: numbers, or texts where the type is text.
template <typename Write>
void with_values(hid_t type, hsize_t count, Choices& choices, const Write& write) {
  if (H5Tget_class(type) == H5T_STRING) {
    if (H5Tis_variable_str(type) <= 0) return;
    std::vector<std::string> texts;
    for (hsize_t i = 0; i < count; ++i) texts.push_back(i < 4 ? text_of(choices) : std::to_string(i));
    std::vector<const char*> raw;
    for (const std::string& text : texts) raw.push_back(text.c_str());
    write(variable_text(), raw.data());
    return;
  }
  std::vector<double> numbers(count, number_of(choices));
  if (count > 1) numbers[choices.below(count)] = number_of(choices);
  write(Id(H5Tcopy(H5T_NATIVE_DOUBLE)), numbers.data());
}

std::string name_of(Choices& choices, const std::vector<std::string>& objects) {
  static const std::string kNames[] = {
      "x",         "task/metrics/0", "task/metrics/1",   "quantizers/x", "confusion/counts", "parameters/x",
      "state/x/0", "vocabulary",     "epochs/valid_loss"};
  const std::size_t chosen = choices.below(2 * std::size(kNames));
  return chosen < std::size(kNames) ? kNames[chosen] : choices.one_of(objects);
}

void create_dataset(hid_t file, const std::string& name, Choices& choices) {
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  const Id type = type_of(choices), space = space_of(choices), links(H5Pcreate(H5P_LINK_CREATE)),
           properties(H5Pcreate(H5P_DATASET_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  hsize_t extents[4] = {}, chunk[4] = {};
  const int rank = H5Sget_simple_extent_dims(space, extents, nullptr);
  if (choices.below(3) == 0 && rank > 0) {
    for (int axis = 0; axis < rank; ++axis)
      chunk[axis] = std::min<hsize_t>(std::max<hsize_t>(extents[axis], 1), 1 << 20);
    H5Pset_chunk(properties, rank, chunk);
    H5Pset_deflate(properties, 1);
  }
  const Id made(H5Dcreate2(file, name.c_str(), type, space, links, properties, H5P_DEFAULT));
  double count = H5Sget_simple_extent_type(space) == H5S_NULL ? 0 : 1;  // which never overflows
  for (int axis = 0; axis < rank; ++axis) count *= static_cast<double>(extents[axis]);
  if (made < 0 || count == 0 || count > kMostWritten) return;
  with_values(type, static_cast<hsize_t>(count), choices, [&](hid_t memory, const void* values) {
    H5Dwrite(made, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  });
}

void overwrite_dataset(hid_t file, const std::string& name, Choices& choices) {
  const Id opened(H5Dopen2(file, name.c_str(), H5P_DEFAULT));
  if (opened < 0) return create_dataset(file, name, choices);
  const Id type(H5Dget_type(opened)), space(H5Dget_space(opened));
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  if (count <= 0 || count > 4096) return;
  with_values(type, static_cast<hsize_t>(count), choices, [&](hid_t memory, const void* values) {
    H5Dwrite(opened, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  });
}

void create_attribute(hid_t file, const std::string& both, Choices& choices) {
  const std::string object = both.substr(0, both.find('@')), name = both.substr(both.find('@') + 1);
  const Id owner(H5Oopen(file, object.c_str(), H5P_DEFAULT));
  if (owner < 0) return;
  const bool same = choices.below(2) == 0;  // in type
  const Id old(H5Aopen(owner, name.c_str(), H5P_DEFAULT));
  const Id type = same && old >= 0 ? Id(H5Aget_type(old)) : type_of(choices);
  const hsize_t extents[] = {choices.below(4)};
  const bool list = choices.below(8) == 0;
  const Id space(list ? H5Screate_simple(1, extents, nullptr) : H5Screate(H5S_SCALAR));
  H5Adelete(owner, name.c_str());
  const Id made(H5Acreate2(owner, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
  if (made < 0 || (list && extents[0] == 0)) return;
  with_values(type, list ? extents[0] : 1, choices,
              [&](hid_t memory, const void* values) { H5Awrite(made, memory, values); });
}

void create_link(hid_t file, const std::string& name, const std::string& to, Choices& choices) {
  const Id links(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links, 1);
  H5Ldelete(file, name.c_str(), H5P_DEFAULT);
  switch (choices.below(4)) {
    case 0:
      H5Lcreate_soft(("/" + to).c_str(), file, name.c_str(), links, H5P_DEFAULT);
      break;
    case 1:
      H5Lcreate_external("/dev/zero", "/", file, name.c_str(), links, H5P_DEFAULT);
      break;
    default:
      H5Lcreate_hard(file, to.c_str(), file, name.c_str(), links, H5P_DEFAULT);
  }
}

void edit(hid_t file, Choices& choices, const std::vector<std::string>& objects,
          const std::vector<std::string>& attributes) {
  const std::size_t what = choices.below(12);
  const std::string& object = choices.one_of(objects);
  switch (what) {
    case 0:
      H5Ldelete(file, object.c_str(), H5P_DEFAULT);
      break;
    case 1: {
      const std::string& both = choices.one_of(attributes);
      H5Adelete_by_name(file, both.substr(0, both.find('@')).c_str(), both.substr(both.find('@') + 1).c_str(),
                        H5P_DEFAULT);
      break;
    }
    case 2:
      create_dataset(file, object, choices);
      break;
    case 3:
      create_dataset(file, name_of(choices, objects), choices);
      break;
    case 4:
    case 5:
      overwrite_dataset(file, object, choices);
      break;
    case 6:
      create_attribute(file, object + "@" + text_of(choices), choices);
      break;
    case 7:
      create_link(file, name_of(choices, objects), object, choices);
      break;
    case 8:
      H5Lmove(file, object.c_str(), file, name_of(choices, objects).c_str(), H5P_DEFAULT, H5P_DEFAULT);
      break;
    default:
      create_attribute(file, choices.one_of(attributes), choices);
  }
}

}  // namespace

EditedHdf5::EditedHdf5(const std::string& path, std::size_t front) : bytes_(read_file(path)), front_(front) {
  const Image file(bytes_, front_);
  H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, &list_object, &objects_);
  for (const std::string& object : objects_) {
    std::vector<std::string> names;
    const Id opened(H5Oopen(file, object.c_str(), H5P_DEFAULT));
    H5Aiterate2(opened, H5_INDEX_NAME, H5_ITER_INC, nullptr, &list_attribute, &names);
    for (const std::string& name : names)
      if (name.find('@') == std::string::npos && !name.starts_with("DIMENSION") && name != "REFERENCE_LIST")
        attributes_.push_back(object + "@" + name);
  }
}

void EditedHdf5::write(const std::string& path, Choices& choices) const {
  const Image file(bytes_, front_);
  for (std::size_t i = 0; i < kMostEdits && choices.more(); ++i) edit(file, choices, objects_, attributes_);
  file.write(path);
}

void replace_text(const std::string& path, std::size_t front, const std::string& name,
                  const std::string& text) {
  const Image file(read_file(path), front);
  const Id type = variable_text(), space(H5Screate(H5S_SCALAR));
  H5Adelete(file, name.c_str());
  const Id made(H5Acreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT));
  const char* const raw = text.c_str();
  H5Awrite(made, type, &raw);
  file.write(path);
}

}  // namespace nibble::fuzz
