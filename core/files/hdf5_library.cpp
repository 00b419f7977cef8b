#include "core/files/hdf5_library.h"

#include <algorithm>

namespace nibble::hdf5 {

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

void keep_quiet() {
  thread_local const bool done = H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr) >= 0;
  static_cast<void>(done);
}

Id new_file_access(const Where& where) {
  const hid_t access = where.require(H5Pcreate(H5P_FILE_ACCESS), "set up");
  where.require(H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18), "set up");
  return Id(access);
}

Id new_file_creation(const Where& where) {
  const hid_t creation = where.require(H5Pcreate(H5P_FILE_CREATE), "set up");
  where.require(H5Pset_obj_track_times(creation, false), "set up");
  return Id(creation);
}

Id text_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return Id(type);
}

void check_is_text(hid_t stored, const Where& where) {
  check(H5Tget_class(stored) == H5T_STRING && H5Tis_variable_str(stored) > 0, where.file, ": '", where.object,
        "' holds another type of values than the variable-length text expected");
}

void check_no_nul(const std::string& text, const Where& where) {
  check(text.find('\0') == std::string::npos, where.file, ": the text for '", where.object,
        "' holds a zero byte, which HDF5 would take for its end");
}

}  // namespace nibble::hdf5
