#include "experiments/results/worst_file.h"

#include "core/check.h"

namespace nibble {

void write_worst(Hdf5File& file, const std::string& root, const RunRecord& record) {
  if (record.worst.empty()) return;
  const std::string group = root + "/worst";
  std::vector<long> samples, labels, answers;
  std::vector<double> losses;
  std::vector<std::string> names;
  for (const WrongAnswer& wrong : record.worst) {
    samples.push_back(wrong.sample), labels.push_back(wrong.label), answers.push_back(wrong.answer);
    losses.push_back(wrong.loss);
    if (!wrong.name.empty()) names.push_back(wrong.name);
  }
  file.make_group(group);
  file.write(group + "/sample", samples);
  file.write(group + "/label", labels);
  file.write(group + "/answer", answers);
  file.write(group + "/loss", losses);
  file.set_attribute(group + "/loss", "units", "nat");
  if (names.size() == samples.size()) file.write(group + "/name", names);
  file.write(group + "/pictures", record.worst_pictures, Hdf5Storage::compressed);
  file.set_attribute(group + "/pictures", "axes", "answer, row, column, red green blue");
}

void read_worst(const Hdf5File& file, const std::string& root, RunRecord& record) {
  const std::string group = root + "/worst";
  if (!file.exists(group)) return;
  const auto samples = file.read_vector<long>(group + "/sample"),
             labels = file.read_vector<long>(group + "/label"),
             answers = file.read_vector<long>(group + "/answer");
  const auto losses = file.read_vector<double>(group + "/loss");
  std::vector<std::string> names(samples.size());
  if (file.exists(group + "/name")) names = file.read_vector<std::string>(group + "/name");
  record.worst_pictures = file.read_array<std::uint8_t>(group + "/pictures");
  const std::size_t n = samples.size();
  const Shape& pictures = record.worst_pictures.shape();
  check(labels.size() == n && answers.size() == n && losses.size() == n && names.size() == n &&
            pictures.rank() == 4 && pictures[0] == static_cast<long>(n) && pictures[3] == 3,
        file.path(), ": found '", group,
        "' with datasets of different lengths, expected one entry for each of ", n, " answers");
  for (std::size_t i = 0; i < n; ++i)
    record.worst.push_back({samples[i], names[i], labels[i], answers[i], losses[i]});
}

}  // namespace nibble
