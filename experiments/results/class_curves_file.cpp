#include "experiments/results/class_curves_file.h"

#include "core/check.h"

namespace nibble {
namespace {

struct ClassColumn {
  const char* name;
  std::vector<double> ClassCurves::*values;
};
constexpr ClassColumn kColumns[] = {{"ap", &ClassCurves::average_precision},
                                    {"ap50", &ClassCurves::at_half},
                                    {"voc07_ap", &ClassCurves::voc_eleven_points},
                                    {"voc_ap", &ClassCurves::voc_every_point}};

std::string group_of(const std::string& root, Arithmetic arithmetic) {
  return root + "/classes/" + name(arithmetic);
}

void write_one(Hdf5File& file, const std::string& group, const ClassCurves& curves) {
  const std::string scale = group + "/category", recall = group + "/recall", precision = group + "/precision";
  file.write(scale, curves.categories);
  file.set_attribute(scale, "units", "1");
  file.make_dimension_scale(scale, "category");
  file.write(group + "/name", curves.names);
  file.write(group + "/objects", curves.objects);
  file.set_attribute(group + "/objects", "units", "1");
  for (const ClassColumn& column : kColumns) {
    file.write(group + "/" + column.name, curves.*column.values);
    file.set_attribute(group + "/" + column.name, "units", "percent");
    file.attach_dimension_scale(group + "/" + column.name, 0, scale);
  }
  std::vector<double> recalls;
  for (long i = 0; i < curves.precision.shape()[1]; ++i) recalls.push_back(static_cast<double>(i));
  file.write(recall, recalls);
  file.set_attribute(recall, "units", "percent");
  file.make_dimension_scale(recall, "recall");
  file.write(precision, curves.precision, Hdf5Storage::compressed);
  file.set_attribute(precision, "units", "percent");
  file.attach_dimension_scale(precision, 0, scale);
  file.attach_dimension_scale(precision, 1, recall);
}

ClassCurves read_one(const Hdf5File& file, const std::string& group) {
  ClassCurves curves;
  curves.categories = file.read_vector<long>(group + "/category");
  curves.names = file.read_vector<std::string>(group + "/name");
  curves.objects = file.read_vector<long>(group + "/objects");
  curves.precision = file.read_array<double>(group + "/precision");
  const std::size_t classes = curves.categories.size();
  bool fits = curves.names.size() == classes && curves.objects.size() == classes &&
              curves.precision.shape().rank() == 2 &&
              curves.precision.shape()[0] == static_cast<long>(classes);
  for (const ClassColumn& column : kColumns) {
    curves.*column.values = file.read_vector<double>(group + "/" + column.name);
    fits = fits && (curves.*column.values).size() == classes;
  }
  check(fits, file.path(), ": found '", group,
        "' with datasets of different lengths, expected one entry for "
        "each of ",
        classes, " classes");
  return curves;
}

}  // namespace

void write_class_curves(Hdf5File& file, const std::string& root, const RunRecord& record) {
  for (const Arithmetic arithmetic : kArithmetics) {
    const ClassCurves& curves = record.curves[static_cast<std::size_t>(arithmetic)];
    if (!curves.categories.empty()) write_one(file, group_of(root, arithmetic), curves);
  }
}

void read_class_curves(const Hdf5File& file, const std::string& root, RunRecord& record) {
  for (const Arithmetic arithmetic : kArithmetics) {
    const std::string group = group_of(root, arithmetic);
    if (file.exists(root + "/classes") && file.exists(group))
      record.curves[static_cast<std::size_t>(arithmetic)] = read_one(file, group);
  }
}

}  // namespace nibble
