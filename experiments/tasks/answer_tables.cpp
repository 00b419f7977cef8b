#include "experiments/tasks/answer_tables.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/check.h"
#include "experiments/config/option_value.h"
#include "experiments/process/terminal.h"
#include "experiments/results/metric.h"

namespace nibble {
namespace {

std::string sample_name(const std::vector<std::string>& names, long i) {
  return names.empty() ? std::to_string(i) : names[static_cast<std::size_t>(i)];
}

// How many samples of each class have their label among the best answers.
std::vector<long> among_best(const Answers& answers, long classes) {
  const long kept = answers.best.shape()[1];
  std::vector<long> counts(static_cast<std::size_t>(classes));
  for (long n = 0; n < answers.labels.size(); ++n) {
    const int* const best = answers.best.data() + n * kept;
    const int label = answers.labels[n];
    if (std::find(best, best + kept, label) != best + kept) ++counts[static_cast<std::size_t>(label)];
  }
  return counts;
}

// The most frequent wrong answer to a class; the class itself where there is none.
long most_mistaken(const Array<long>& confusion, long label) {
  const long classes = confusion.shape()[1];
  long most = label, times = 0;
  for (long c = 0; c < classes; ++c) {
    const long count = confusion[label * classes + c];
    if (c != label && count > times) most = c, times = count;
  }
  return most;
}

}  // namespace

Table answers_table(const Answers& answers, const std::vector<std::string>& names) {
  const long kept = answers.best.shape()[1];
  Table table{{{names.empty() ? "index" : "file"}, {"label", true}, {"answer", true}, {"correct", true}}};
  for (const char* what : {"top", "logit"})
    for (long k = 1; k <= kept; ++k) table.columns.push_back({what + std::to_string(k), true});
  for (long n = 0; n < answers.labels.size(); ++n) {
    const int label = answers.labels[n], answer = answers.best[n * kept];
    std::vector<std::string> row{sample_name(names, n), std::to_string(label), std::to_string(answer),
                                 label == answer ? "1" : "0"};
    for (long k = 0; k < kept; ++k) row.push_back(std::to_string(answers.best[n * kept + k]));
    for (long k = 0; k < kept; ++k)
      row.push_back(format_value(static_cast<float>(answers.scores[n * kept + k])));
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table class_table(const Evaluation& evaluation, const std::vector<std::string>& class_names) {
  const auto classes = static_cast<long>(class_names.size());
  check(evaluation.confusion.shape() == Shape{classes, classes}, "classes: found counts ",
        evaluation.confusion.shape(), " for ", classes, " names");
  const std::vector<long> among = among_best(evaluation.answers, classes);
  const bool many = classes > kFewClasses;
  Table table{{{"class", true}, {"name"}, {"samples", true}, {"right", true}, {"top1", true}}};
  if (many) table.columns.push_back({"top5", true});
  table.columns.insert(table.columns.end(), {{"mistaken_for"}, {"times", true}});
  for (long c = 0; c < classes; ++c) {
    const long* const row = evaluation.confusion.data() + c * classes;
    long samples = 0;
    for (long k = 0; k < classes; ++k) samples += row[k];
    const auto share = [&](long right) {
      if (samples == 0) return std::string();
      return format_fixed(100.0 * static_cast<double>(right) / static_cast<double>(samples), 2);
    };
    const long wrong = most_mistaken(evaluation.confusion, c);
    std::vector<std::string> cells{std::to_string(c), class_names[static_cast<std::size_t>(c)],
                                   std::to_string(samples), std::to_string(row[c]), share(row[c])};
    if (many) cells.push_back(share(among[static_cast<std::size_t>(c)]));
    cells.push_back(wrong == c ? "" : class_names[static_cast<std::size_t>(wrong)]);
    cells.push_back(wrong == c ? "" : std::to_string(row[wrong]));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

ClassCurves class_curves(const BoxAnswers& boxes, const std::vector<std::string>& class_names) {
  check(boxes.classes.size() == class_names.size(), "classes: found precisions of ", boxes.classes.size(),
        " classes for ", class_names.size(), " names");
  ClassCurves curves;
  curves.names = class_names;
  const auto recalls = static_cast<long>(std::tuple_size_v<decltype(ClassPrecision::curve)>);
  curves.precision = Array<double>::uninitialized({static_cast<long>(class_names.size()), recalls});
  const auto percent = [](double share) { return share < 0 ? kNotMeasured : 100 * share; };
  double* precision = curves.precision.data();
  for (const BoxAnswers::OfClass& one : boxes.classes) {
    curves.categories.push_back(one.coco.category);
    curves.objects.push_back(one.objects);
    curves.average_precision.push_back(percent(one.coco.average_precision));
    curves.at_half.push_back(percent(one.coco.at_half));
    curves.voc_eleven_points.push_back(percent(one.voc_eleven_points));
    curves.voc_every_point.push_back(percent(one.voc_every_point));
    for (const double value : one.coco.curve) *precision++ = percent(value);
  }
  return curves;
}

Table box_class_table(const BoxAnswers& boxes, const std::vector<std::string>& class_names) {
  const ClassCurves curves = class_curves(boxes, class_names);
  Table table{{{"class", true},
               {"name"},
               {"objects", true},
               {"ap", true},
               {"ap50", true},
               {"voc07_ap", true},
               {"voc_ap", true}}};
  const std::vector<double>* const columns[] = {&curves.average_precision, &curves.at_half,
                                                &curves.voc_eleven_points, &curves.voc_every_point};
  const auto shown = [](double value) { return std::isnan(value) ? std::string() : format_fixed(value, 2); };
  long objects = 0;
  for (std::size_t c = 0; c < class_names.size(); ++c) {
    objects += curves.objects[c];
    std::vector<std::string> row{std::to_string(curves.categories[c]), class_names[c],
                                 std::to_string(curves.objects[c])};
    for (const auto* column : columns) row.push_back(shown((*column)[c]));
    table.rows.push_back(std::move(row));
  }
  std::vector<std::string> last{"", "mean", std::to_string(objects)};
  for (const auto* column : columns) {
    double sum = 0, count = 0;
    for (const double value : *column) {
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    last.push_back(shown(count > 0 ? sum / count : kNotMeasured));
  }
  table.rows.push_back(std::move(last));
  return table;
}

std::vector<Answer> single_answers(const Answers& answers, const std::vector<std::string>& names) {
  const long kept = answers.best.shape()[1];
  std::vector<Answer> all;
  for (long n = 0; n < answers.labels.size(); ++n)
    all.push_back({sample_name(names, n), answers.labels[n], answers.best[n * kept]});
  return all;
}

}  // namespace nibble
