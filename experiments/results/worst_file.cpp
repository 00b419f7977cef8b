#include "experiments/results/worst_file.h"

#include "core/check.h"

namespace nibble {
namespace {

// One member of all rows is one dataset.
template <typename Row, typename Value>
void write_column(Hdf5File& file, const std::string& path, const std::vector<Row>& rows, Value Row::*member) {
  std::vector<Value> values;
  for (const Row& row : rows) values.push_back(row.*member);
  file.write(path, values);
}

template <typename Row, typename Value>
void read_column(const Hdf5File& file, const std::string& path, std::vector<Row>& rows, Value Row::*member) {
  const std::vector<Value> values = file.read_vector<Value>(path);
  check(values.size() == rows.size(), file.path(), ": found ", values.size(), " entries in '", path,
        "', expected one for each of ", rows.size(), " pictures");
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*member = values[i];
}

template <typename Row>
void write_names(Hdf5File& file, const std::string& group, const std::vector<Row>& rows) {
  if (!rows.front().name.empty()) write_column(file, group + "/name", rows, &Row::name);
}

template <typename Row>
void read_names(const Hdf5File& file, const std::string& group, std::vector<Row>& rows) {
  if (file.exists(group + "/name")) read_column(file, group + "/name", rows, &Row::name);
}

}  // namespace

void write_worst(Hdf5File& file, const std::string& root, const RunRecord& record) {
  if (record.worst.empty() && record.worst_boxes.empty()) return;
  const std::string group = root + "/worst";
  file.make_group(group);
  if (const std::vector<WrongBoxes>& boxes = record.worst_boxes; !boxes.empty()) {
    write_column(file, group + "/sample", boxes, &WrongBoxes::sample);
    write_column(file, group + "/objects", boxes, &WrongBoxes::objects);
    write_column(file, group + "/missed", boxes, &WrongBoxes::missed);
    write_column(file, group + "/wrong", boxes, &WrongBoxes::wrong);
    write_names(file, group, boxes);
  } else {
    write_column(file, group + "/sample", record.worst, &WrongAnswer::sample);
    write_column(file, group + "/label", record.worst, &WrongAnswer::label);
    write_column(file, group + "/answer", record.worst, &WrongAnswer::answer);
    write_column(file, group + "/loss", record.worst, &WrongAnswer::loss);
    file.set_attribute(group + "/loss", "units", "nat");
    write_names(file, group, record.worst);
  }
  file.write(group + "/pictures", record.worst_pictures, Hdf5Storage::compressed);
  file.set_attribute(group + "/pictures", "axes", "answer, row, column, red green blue");
}

void read_worst(const Hdf5File& file, const std::string& root, RunRecord& record) {
  const std::string group = root + "/worst";
  if (!file.exists(group)) return;
  record.worst_pictures = file.read_array<std::uint8_t>(group + "/pictures");
  const Shape& pictures = record.worst_pictures.shape();
  check(pictures.rank() == 4 && pictures[3] == 3, file.path(), ": found pictures ", pictures, " in '", group,
        "', expected them in colour");
  const auto n = static_cast<std::size_t>(pictures[0]);
  if (file.exists(group + "/missed")) {
    record.worst_boxes.resize(n);
    read_column(file, group + "/sample", record.worst_boxes, &WrongBoxes::sample);
    read_column(file, group + "/objects", record.worst_boxes, &WrongBoxes::objects);
    read_column(file, group + "/missed", record.worst_boxes, &WrongBoxes::missed);
    read_column(file, group + "/wrong", record.worst_boxes, &WrongBoxes::wrong);
    read_names(file, group, record.worst_boxes);
  } else {
    record.worst.resize(n);
    read_column(file, group + "/sample", record.worst, &WrongAnswer::sample);
    read_column(file, group + "/label", record.worst, &WrongAnswer::label);
    read_column(file, group + "/answer", record.worst, &WrongAnswer::answer);
    read_column(file, group + "/loss", record.worst, &WrongAnswer::loss);
    read_names(file, group, record.worst);
  }
}

}  // namespace nibble
