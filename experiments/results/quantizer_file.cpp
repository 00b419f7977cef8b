#include "experiments/results/quantizer_file.h"

#include <algorithm>

#include "core/check.h"

namespace nibble {
namespace {

// [row][column] as one array; every row must have the same length.
template <typename T, typename Rows, typename RowOf>
Array<T> stack(const Hdf5File& file, const std::string& dataset, const Rows& rows, const RowOf& row_of) {
  const std::size_t width = row_of(rows.front()).size();
  Array<T> all(Shape{static_cast<long>(rows.size()), static_cast<long>(width)});
  T* to = all.data();
  for (const auto& item : rows) {
    const std::vector<T>& row = row_of(item);
    check(row.size() == width, file.path(), ": '", dataset, "' has rows of ", width, " and ", row.size(),
          " entries");
    to = std::copy(row.begin(), row.end(), to);
  }
  return all;
}

template <typename T>
std::vector<std::vector<T>> unstack(const Hdf5File& file, const std::string& dataset) {
  std::vector<std::vector<T>> rows;
  if (!file.exists(dataset)) return rows;
  const Array<T> all = file.read_array<T>(dataset);
  check(all.shape().rank() == 2, file.path(), ": '", dataset, "' has shape ", all.shape(),
        ", expected two axes");
  const long width = all.shape()[1];
  for (long i = 0; i < all.shape()[0]; ++i)
    rows.emplace_back(all.data() + i * width, all.data() + (i + 1) * width);
  return rows;
}

void write_trajectory(Hdf5File& file, const std::string& dataset,
                      const std::vector<std::vector<double>>& values) {
  if (values.empty()) return;
  const auto row = [](const std::vector<double>& epoch) -> const auto& { return epoch; };
  file.write(dataset, stack<double>(file, dataset, values, row), Hdf5Storage::compressed);
  file.set_attribute(dataset, "units", "1");
}

void write_histograms(Hdf5File& file, const std::string& group, const QuantizerRecord& record) {
  const std::string codes = group + "/codes", histogram = group + "/histogram",
                    by_epoch = group + "/histogram_by_epoch";
  std::vector<int> ticks(record.codes.counts.size());
  for (std::size_t i = 0; i < ticks.size(); ++i) ticks[i] = record.codes.lo + static_cast<int>(i);
  file.write(codes, ticks);
  file.set_attribute(codes, "units", "1");
  file.make_dimension_scale(codes, "code");
  file.write(histogram, record.codes.counts);
  file.set_attribute(histogram, "units", "values");
  file.attach_dimension_scale(histogram, 0, codes);
  if (record.codes_by_epoch.empty()) return;
  for (const CodeHistogram& epoch : record.codes_by_epoch) {
    check(epoch.lo == record.codes.lo && epoch.counts.size() == ticks.size(), file.path(), ": '", by_epoch,
          "' has an epoch on another grid than '", histogram, "'");
  }
  const auto counts = [](const CodeHistogram& epoch) -> const auto& { return epoch.counts; };
  file.write(by_epoch, stack<long>(file, by_epoch, record.codes_by_epoch, counts), Hdf5Storage::compressed);
  file.set_attribute(by_epoch, "units", "values");
  file.attach_dimension_scale(by_epoch, 1, codes);
}

void write_quantizer(Hdf5File& file, const std::string& group, const QuantizerRecord& record) {
  file.make_group(group);
  file.set_attribute(group, "kind", "quantizer");  // tells it from the groups that are parts of its path
  write_trajectory(file, group + "/scale", record.scale);
  write_trajectory(file, group + "/shift", record.shift);
  if (!record.codes.counts.empty()) write_histograms(file, group, record);
}

QuantizerRecord read_quantizer(const Hdf5File& file, const std::string& group) {
  QuantizerRecord record;
  record.scale = unstack<double>(file, group + "/scale");
  record.shift = unstack<double>(file, group + "/shift");
  if (!file.exists(group + "/histogram")) return record;
  const auto codes = file.read_vector<int>(group + "/codes");
  record.codes = {codes.empty() ? 0 : codes.front(), file.read_vector<long>(group + "/histogram")};
  check(codes.size() == record.codes.counts.size(), file.path(), ": '", group, "' has ",
        record.codes.counts.size(), " counts for ", codes.size(), " codes");
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const long expected = codes.front() + static_cast<long>(i);
    check(codes[i] == expected, file.path(), ": '", group, "/codes' has ", codes[i], ", expected ", expected,
          ": one code after another");
  }
  for (auto& counts : unstack<long>(file, group + "/histogram_by_epoch")) {
    record.codes_by_epoch.push_back({record.codes.lo, std::move(counts)});
  }
  return record;
}

// Quantizers are found by their mark, at any depth.
void find_quantizers(const Hdf5File& file, const std::string& group, const std::string& path,
                     std::map<std::string, QuantizerRecord>& into) {
  if (!path.empty() && file.has_attribute(group, "kind")) into[path] = read_quantizer(file, group);
  for (const std::string& child : file.children(group)) {
    if (file.is_group(group + "/" + child)) {
      find_quantizers(file, group + "/" + child, path.empty() ? child : path + "/" + child, into);
    }
  }
}

}  // namespace

void write_quantizers(Hdf5File& file, const std::string& group,
                      const std::map<std::string, QuantizerRecord>& quantizers) {
  file.make_group(group);
  for (const auto& [path, quantizer] : quantizers) write_quantizer(file, group + "/" + path, quantizer);
}

std::map<std::string, QuantizerRecord> read_quantizers(const Hdf5File& file, const std::string& group) {
  std::map<std::string, QuantizerRecord> quantizers;
  find_quantizers(file, group, "", quantizers);
  return quantizers;
}

}  // namespace nibble
