#include "experiments/results/worst_file.h"

#include <algorithm>
#include <tuple>

#include "core/check.h"

namespace nibble {
namespace {

// One member of all rows is one dataset.
template <typename Row, typename Value>
struct MemberColumn {
  const char* name;
  Value Row::*member;
};
// clang 14 does not deduce the parameters of an aggregate by itself.
template <typename Row, typename Value>
MemberColumn(const char*, Value Row::*) -> MemberColumn<Row, Value>;

// What is written and read, by the same lists.
constexpr std::tuple kAnswerColumns{
    MemberColumn{"sample", &WrongAnswer::sample}, MemberColumn{"label", &WrongAnswer::label},
    MemberColumn{"answer", &WrongAnswer::answer}, MemberColumn{"loss", &WrongAnswer::loss}};
constexpr std::tuple kBoxColumns{
    MemberColumn{"sample", &WrongBoxes::sample}, MemberColumn{"objects", &WrongBoxes::objects},
    MemberColumn{"missed", &WrongBoxes::missed}, MemberColumn{"wrong", &WrongBoxes::wrong}};

template <typename Row, typename Value>
void write_column(Hdf5File& file, const std::string& group, const std::vector<Row>& rows,
                  const MemberColumn<Row, Value>& column) {
  std::vector<Value> values;
  for (const Row& row : rows) values.push_back(row.*column.member);
  file.write(group + "/" + column.name, values);
}

template <typename Row, typename Value>
void read_column(const Hdf5File& file, const std::string& group, std::vector<Row>& rows,
                 const MemberColumn<Row, Value>& column) {
  const std::vector<Value> values = file.read_vector<Value>(group + "/" + column.name);
  check(values.size() == rows.size(), file.path(), ": found ", values.size(), " entries in '", group, "/",
        column.name, "', expected one for each of ", rows.size(), " pictures");
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*column.member = values[i];
}

template <typename Row, typename Columns>
void write_rows(Hdf5File& file, const std::string& group, const std::vector<Row>& rows,
                const Columns& columns) {
  std::apply([&](const auto&... column) { (write_column(file, group, rows, column), ...); }, columns);
  const bool named = std::all_of(rows.begin(), rows.end(), [](const Row& row) { return !row.name.empty(); });
  if (named) write_column(file, group, rows, MemberColumn{"name", &Row::name});
}

template <typename Row, typename Columns>
std::vector<Row> read_rows(const Hdf5File& file, const std::string& group, long count,
                           const Columns& columns) {
  std::vector<Row> rows(static_cast<std::size_t>(count));
  std::apply([&](const auto&... column) { (read_column(file, group, rows, column), ...); }, columns);
  if (file.exists(group + "/name")) read_column(file, group, rows, MemberColumn{"name", &Row::name});
  return rows;
}

}  // namespace

void write_worst(Hdf5File& file, const std::string& root, const RunRecord& record) {
  if (record.worst.empty() && record.worst_boxes.empty()) return;
  const std::string group = root + "/worst";
  file.make_group(group);
  if (!record.worst_boxes.empty()) {
    write_rows(file, group, record.worst_boxes, kBoxColumns);
  } else {
    write_rows(file, group, record.worst, kAnswerColumns);
    file.set_attribute(group + "/loss", "units", "nat");
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
  if (file.exists(group + "/missed")) {
    record.worst_boxes = read_rows<WrongBoxes>(file, group, pictures[0], kBoxColumns);
  } else {
    record.worst = read_rows<WrongAnswer>(file, group, pictures[0], kAnswerColumns);
  }
}

}  // namespace nibble
