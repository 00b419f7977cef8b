#include "experiments/report/run_json.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/check.h"
#include "datasets/pictures/png_picture.h"
#include "experiments/config/config.h"
#include "experiments/report/curves_json.h"
#include "experiments/report/json_numbers.h"
#include "experiments/report/layers_json.h"
#include "experiments/report/quantizers_json.h"
#include "experiments/results/config_text.h"

namespace nibble::report {
namespace {

using json = nlohmann::ordered_json;

json figures_json(const RunRecord& record) {
  json figures = json::object();
  for (const Arithmetic arithmetic : kArithmetics) {
    const std::vector<double>& values = record.figures[static_cast<std::size_t>(arithmetic)];
    if (!values.empty()) figures[nibble::name(arithmetic)] = short_numbers(values, 8);
  }
  return figures;
}

// Of many classes, the mistakes that happen most often.
json mistakes_json(const Array<long>& counts, long classes) {
  std::vector<std::tuple<long, long, long>> pairs;  // -count, true, predicted
  std::vector<long> total(static_cast<std::size_t>(classes)), right(total);
  for (long t = 0; t < classes; ++t) {
    for (long p = 0; p < classes; ++p) {
      const long count = counts[t * classes + p];
      total[static_cast<std::size_t>(t)] += count;
      if (t == p)
        right[static_cast<std::size_t>(t)] = count;
      else if (count > 0)
        pairs.emplace_back(-count, t, p);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  json list = json::array();
  for (std::size_t i = 0; i < std::min(kMistakes, pairs.size()); ++i) {
    const auto& [negative, t, p] = pairs[i];
    list.push_back({t, p, -negative});
  }
  return {{"total", total}, {"right", right}, {"pairs", list}};
}

json confusion_json(const RunRecord& record) {
  const long classes = record.confusion.shape()[0];
  json confusion;
  if (classes > kMatrixClasses) {
    confusion = mistakes_json(record.confusion, classes);
  } else {
    confusion["counts"] = json::array();
    for (long t = 0; t < classes; ++t) {
      const long* const row = record.confusion.data() + t * classes;
      confusion["counts"].push_back(std::vector<long>(row, row + classes));
    }
  }
  confusion["classes"] = json::array();
  for (long c = 0; c < classes; ++c) {
    const auto index = static_cast<std::size_t>(c);
    confusion["classes"].push_back(index < record.class_names.size() ? record.class_names[index] : str(c));
  }
  return confusion;
}

json detection_json(const RunRecord& record) {
  json detection = json::object();
  for (const Arithmetic arithmetic : kArithmetics) {
    const ClassCurves& curves = record.curves[static_cast<std::size_t>(arithmetic)];
    if (curves.categories.empty()) continue;
    json precision = json::array();
    const long recalls = curves.precision.shape()[1];
    for (long c = 0; c < curves.precision.shape()[0]; ++c) {
      const double* const row = curves.precision.data() + c * recalls;
      precision.push_back(short_numbers(std::vector<double>(row, row + recalls), 4));
    }
    detection[nibble::name(arithmetic)] = {{"names", curves.names},
                                           {"objects", curves.objects},
                                           {"ap", short_numbers(curves.average_precision, 5)},
                                           {"ap50", short_numbers(curves.at_half, 5)},
                                           {"precision", std::move(precision)}};
  }
  return detection;
}

// Each picture as a file of its own, in base64.
std::string png_of(const Array<std::uint8_t>& pictures, std::size_t n) {
  const Shape& shape = pictures.shape();
  const long at = static_cast<long>(n);
  return base64(encode_png(pictures.rows(at, at + 1).reshaped({shape[1], shape[2], shape[3]})));
}

json worst_json(const RunRecord& record) {
  const auto named = [&](long c) {
    const auto index = static_cast<std::size_t>(c);
    return index < record.class_names.size() ? record.class_names[index] : str(c);
  };
  json list = json::array();
  for (std::size_t i = 0; i < record.worst.size(); ++i) {
    const WrongAnswer& wrong = record.worst[i];
    list.push_back({{"name", wrong.name.empty() ? str("sample ", wrong.sample) : wrong.name},
                    {"label", named(wrong.label)},
                    {"answer", named(wrong.answer)},
                    {"loss", short_number(wrong.loss, 4)},
                    {"png", png_of(record.worst_pictures, i)}});
  }
  for (std::size_t i = 0; i < record.worst_boxes.size(); ++i) {
    const WrongBoxes& one = record.worst_boxes[i];
    list.push_back({{"name", one.name},
                    {"objects", one.objects},
                    {"missed", one.missed},
                    {"wrong", one.wrong},
                    {"png", png_of(record.worst_pictures, i)}});
  }
  return list;
}

json config_json(const RunRecord& record) {
  const auto values = parse_config(complete_config(record.config_text));
  const auto defaults = parse_config(complete_config(""));
  json keys = json::array();
  for (const auto& [key, value] : values) {
    const auto found = defaults.find(key);
    keys.push_back(
        {{"key", key}, {"value", value}, {"default", found == defaults.end() ? "" : found->second}});
  }
  return keys;
}

json provenance_json(const RunRecord& record) {
  json facts = json::array();
  const auto fact = [&](const char* what, const std::string& value) {
    if (!value.empty()) facts.push_back({what, value});
  };
  fact("seed", std::to_string(record.seed));
  fact("commit", record.revision);
  fact("begun", record.created_utc);
  fact("command", record.command);
  fact("config file", record.config);
  fact("machine", record.machine.hostname);
  fact("processor", record.machine.cpu);
  fact("threads", record.machine.threads > 0 ? std::to_string(record.machine.threads) : "");
  const Verification& verified = record.verification;
  if (verified.samples > 0)
    fact("verified", str(verified.samples, " ", record.task.unit,
                         " in reference, evaluator and emitted C: ", verified.mismatches, " differences"));
  return facts;
}

std::vector<std::string> missing(const RunRecord& record) {
  std::vector<std::string> sentences;
  if (record.epochs.epoch.empty())
    sentences.emplace_back("Curves over epochs: the record has no epoch, as of a run that was not trained.");
  if (record.task.kind == "images") {
    if (record.confusion.size() == 0)
      sentences.emplace_back("A confusion matrix: it is written when the test split has been evaluated.");
    if (record.worst.empty())
      sentences.emplace_back(
          "Pictures with the worst answers: they are written when the test split has been evaluated, if "
          "there is a "
          "wrong one; records of old programs have none.");
  }
  if (record.task.kind == "detection" && record.worst_boxes.empty())
    sentences.emplace_back(
        "Pictures with the most mistakes: they are written when the test split has been evaluated; records "
        "of old programs "
        "have none.");
  if (record.method != "none" && record.quantizers.empty())
    sentences.emplace_back("Scales, shifts and codes: no epoch has been evaluated yet.");
  return sentences;
}

}  // namespace

json task_json(const TaskOutline& task) {
  json metrics = json::array();
  for (const Metric& metric : task.metrics)
    metrics.push_back({{"name", metric.name},
                       {"title", metric.title},
                       {"unit", metric.unit == "percent" ? "%" : ""},
                       {"better", metric.better == Better::up ? "up" : "down"}});
  return {{"kind", task.kind}, {"unit", task.unit}, {"watched", task.watched}, {"metrics", metrics}};
}

json run_json(const RunRecord& record, const std::string& state) {
  json run{{"name", record.name},
           {"state", state},
           {"model", record.model},
           {"activation", record.activation},
           {"method", record.method},
           {"weight_bits", record.weight_bits},
           {"activation_bits", record.activation_bits},
           {"task", task_json(record.task)},
           {"figures", figures_json(record)},
           {"curves", curves_json(record, {})},
           {"quantizers", quantizers_json(record)},
           {"layers", layers_json(record)},
           {"config", config_json(record)},
           {"provenance", provenance_json(record)},
           {"missing", missing(record)}};
  if (record.confusion.size() > 0) run["confusion"] = confusion_json(record);
  if (!record.worst.empty() || !record.worst_boxes.empty()) run["worst"] = worst_json(record);
  json detection = detection_json(record);
  if (!detection.empty()) run["detection"] = std::move(detection);
  return run;
}

}  // namespace nibble::report
