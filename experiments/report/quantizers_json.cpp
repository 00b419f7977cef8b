#include "experiments/report/quantizers_json.h"

#include <algorithm>
#include <cmath>

#include "experiments/report/json_numbers.h"

namespace nibble::report {
namespace {

using json = nlohmann::ordered_json;

constexpr int kDigits = 6;

// Epochs with an evaluation, as far as the record tells them; each of them has left a row of scales.
std::vector<double> evaluated_epochs(const RunRecord& record, std::size_t rows) {
  std::vector<double> epochs;
  const EpochSeries& series = record.epochs;
  for (std::size_t i = 0; i < series.epoch.size() && i < series.watched_loss.size(); ++i)
    if (!std::isnan(series.watched_loss[i])) epochs.push_back(static_cast<double>(series.epoch[i]));
  return epochs.size() == rows ? epochs : std::vector<double>{};
}

// [epoch][channel] as mean, lowest and highest of each epoch.
json over_channels(const std::vector<std::vector<double>>& epochs) {
  std::vector<double> mean, low, high;
  for (const std::vector<double>& channels : epochs) {
    double sum = 0;
    for (const double channel : channels) sum += channel;
    mean.push_back(channels.empty() ? kNotMeasured : sum / static_cast<double>(channels.size()));
    low.push_back(channels.empty() ? kNotMeasured : *std::min_element(channels.begin(), channels.end()));
    high.push_back(channels.empty() ? kNotMeasured : *std::max_element(channels.begin(), channels.end()));
  }
  return {{"mean", short_numbers(mean, kDigits)},
          {"low", short_numbers(low, kDigits)},
          {"high", short_numbers(high, kDigits)}};
}

std::vector<std::size_t> histogram_rows(std::size_t count) {
  std::vector<std::size_t> rows;
  const std::size_t shown = std::min(count, kHistogramRows);
  for (std::size_t i = 0; i < shown; ++i)
    rows.push_back(shown == 1 ? count - 1 : i * (count - 1) / (shown - 1));
  return rows;
}

json codes_of(const QuantizerRecord& quantizer, const std::vector<std::size_t>& rows) {
  json codes{{"lo", quantizer.codes.lo}, {"counts", quantizer.codes.counts}, {"by_epoch", json::array()}};
  // A run that an older program began has fewer histograms than epochs: those of its end.
  const std::size_t missing =
      quantizer.scale.size() - std::min(quantizer.scale.size(), quantizer.codes_by_epoch.size());
  for (const std::size_t row : rows) {
    if (quantizer.codes_by_epoch.empty()) break;
    codes["by_epoch"].push_back(row < missing ? json(nullptr)
                                              : json(quantizer.codes_by_epoch.at(row - missing).counts));
  }
  return codes;
}

}  // namespace

json quantizers_json(const RunRecord& record) {
  std::size_t rows = 0;
  for (const auto& [path, quantizer] : record.quantizers) rows = std::max(rows, quantizer.scale.size());
  std::vector<double> x = evaluated_epochs(record, rows);
  const bool known = !x.empty();
  for (std::size_t i = 0; !known && i < rows; ++i) x.push_back(static_cast<double>(i + 1));

  json list = json::array();
  for (const auto& [path, quantizer] : record.quantizers) {
    if (quantizer.scale.size() != rows || rows == 0) continue;  // a fake of another program: no common axis
    json entry{{"path", path},
               {"channels", quantizer.scale.front().size()},
               {"scale", over_channels(quantizer.scale)}};
    if (quantizer.shift.size() == rows) entry["shift"] = over_channels(quantizer.shift);
    if (!quantizer.codes.counts.empty()) entry["codes"] = codes_of(quantizer, histogram_rows(rows));
    list.push_back(std::move(entry));
  }
  return {{"axis", known ? "epoch" : "evaluation"},
          {"x", short_numbers(x, kDigits)},
          {"rows", histogram_rows(rows)},
          {"list", std::move(list)}};
}

}  // namespace nibble::report
