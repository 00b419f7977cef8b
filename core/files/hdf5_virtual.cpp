// Datasets whose values lie in other files.
#include <algorithm>
#include <limits>

#include "core/files/hdf5_library.h"

namespace nibble {

using namespace hdf5;

namespace {

std::vector<hsize_t> to_hdf5(const std::vector<long>& extents) { return {extents.begin(), extents.end()}; }

// [parts, longest first axis, ...]
std::vector<hsize_t> extents_of(const std::vector<Hdf5Part>& parts, const Where& where) {
  std::vector<hsize_t> all{parts.size()};
  for (const Hdf5Part& part : parts) {
    if (part.extents.empty()) continue;
    if (all.size() == 1) {
      all.insert(all.end(), part.extents.begin(), part.extents.end());
      continue;
    }
    const bool fits = part.extents.size() + 1 == all.size() &&
                      std::equal(part.extents.begin() + 1, part.extents.end(), all.begin() + 2,
                                 [](long a, hsize_t b) { return static_cast<hsize_t>(a) == b; });
    check(fits, where.file, ": '", where.object, "' found extents of another form in ", part.file,
          ", expected those of the others behind the first axis");
    all[1] = std::max(all[1], static_cast<hsize_t>(part.extents[0]));
  }
  check(all.size() > 1, where.file, ": '", where.object, "' has no part, expected some");
  return all;
}

// Says where the values of one part are.
void map_part(hid_t properties, const std::vector<hsize_t>& extents, std::size_t index, const Hdf5Part& part,
              const Where& where) {
  std::vector<hsize_t> begin(extents.size(), 0), count = to_hdf5(part.extents);
  begin[0] = index;
  count.insert(count.begin(), 1);
  const Id space(
      where.require(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), "describe"));
  where.require(H5Sselect_hyperslab(space, H5S_SELECT_SET, begin.data(), nullptr, count.data(), nullptr),
                "describe");
  const Id source(where.require(
      H5Screate_simple(static_cast<int>(count.size()) - 1, count.data() + 1, nullptr), "describe"));
  where.require(H5Pset_virtual(properties, space, part.file.c_str(), part.dataset.c_str(), source), "map");
}

}  // namespace

Hdf5Outline Hdf5File::outline(const std::string& dataset) const {
  keep_quiet();
  const Where where{path_, dataset};
  const Id opened(where.require(H5Dopen2(handle_->id, dataset.c_str(), H5P_DEFAULT), "open the dataset"));
  const Id type(where.require(H5Dget_type(opened), "read")),
      space(where.require(H5Dget_space(opened), "read"));
  Hdf5Outline outline;
  const H5T_class_t kind = H5Tget_class(type);
  if (kind == H5T_FLOAT) outline.kind = Hdf5Kind::real;
  if (kind == H5T_INTEGER) outline.kind = Hdf5Kind::integer;
  if (kind == H5T_STRING) outline.kind = Hdf5Kind::text;
  std::vector<hsize_t> extents(
      static_cast<std::size_t>(where.require(H5Sget_simple_extent_ndims(space), "read")));
  where.require(H5Sget_simple_extent_dims(space, extents.data(), nullptr), "read");
  outline.extents.assign(extents.begin(), extents.end());
  return outline;
}

void Hdf5File::write_virtual(const std::string& dataset, Hdf5Kind kind, const std::vector<Hdf5Part>& parts) {
  const Where where{path_, dataset};
  check(kind == Hdf5Kind::real || kind == Hdf5Kind::integer, path_, ": '", dataset,
        "' was to be virtual, expected reals or integers");
  make_group(dataset.substr(0, dataset.rfind('/')));
  const std::vector<hsize_t> extents = extents_of(parts, where);
  const Id properties(where.require(H5Pcreate(H5P_DATASET_CREATE), "describe"));
  where.require(H5Pset_obj_track_times(properties, false), "describe");
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const long none = -1;
  const bool real = kind == Hdf5Kind::real;
  where.require(real ? H5Pset_fill_value(properties, H5T_NATIVE_DOUBLE, &not_a_number)
                     : H5Pset_fill_value(properties, H5T_NATIVE_LONG, &none),
                "describe");
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!parts[i].extents.empty()) map_part(properties, extents, i, parts[i], where);
  const Id space(
      where.require(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), "describe"));
  const hid_t type = real ? element_type<double>().stored : element_type<long>().stored;
  const Id created(where.require(
      H5Dcreate2(handle_->id, dataset.c_str(), type, space, H5P_DEFAULT, properties, H5P_DEFAULT), "create"));
}

}  // namespace nibble
