#include "experiments/results/answers.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "experiments/config/option_value.h"
#include "experiments/results/csv.h"

namespace nibble {
namespace {

std::size_t column_of(const Table& table, std::initializer_list<const char*> names, const std::string& path) {
  for (const char* name : names) {
    const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                    [&](const TableColumn& column) { return column.name == name; });
    if (found != table.columns.end()) return static_cast<std::size_t>(found - table.columns.begin());
  }
  fail(path, ": found no column '", *names.begin(), "', expected a file of nibble evaluate --answers");
}

long class_in(const std::string& text, const std::string& path, std::size_t line) {
  long number = 0;
  check(parse_value(text, number) && number >= 0, path, ":", line, ": found class '", text,
        "', expected a number from 0");
  return number;
}

}  // namespace

std::vector<Answer> read_answers(const std::string& path) {
  const Table table = parse_csv(read_text(path), path);
  const std::size_t sample = column_of(table, {"file", "index"}, path);
  const std::size_t label = column_of(table, {"label"}, path), answer = column_of(table, {"answer"}, path);
  check(!table.rows.empty(), path, ": found no answer, expected a line for each sample");
  std::vector<Answer> answers;
  std::set<std::string> samples;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const std::vector<std::string>& row = table.rows[i];
    const std::size_t line = i + 2;
    check(samples.insert(row[sample]).second, path, ":", line, ": found '", row[sample],
          "' a second time, expected one answer to a sample");
    answers.push_back({row[sample], class_in(row[label], path, line), class_in(row[answer], path, line)});
  }
  return answers;
}

double PairedComparison::difference() const {
  return static_cast<double>(only_first - only_second) / static_cast<double>(samples);
}

double PairedComparison::standard_error() const {
  const double n = static_cast<double>(samples), d = static_cast<double>(only_first - only_second);
  return std::sqrt(static_cast<double>(only_first + only_second) - d * d / n) / n;
}

PairedComparison compare_answers(const std::vector<Answer>& first, const std::vector<Answer>& second,
                                 const std::string& first_name, const std::string& second_name) {
  check(first.size() == second.size() && !first.empty(), "compare: found ", first.size(), " images of ",
        first_name, " and ", second.size(), " of ", second_name, ", expected the same ones");
  std::map<std::string, const Answer*> by_sample;
  for (const Answer& answer : second) by_sample.emplace(answer.sample, &answer);
  PairedComparison pairs;
  for (const Answer& a : first) {
    const auto found = by_sample.find(a.sample);
    check(found != by_sample.end(), "compare: found image '", a.sample, "' of ", first_name,
          ", expected it among those of ", second_name);
    const Answer& b = *found->second;
    check(a.label == b.label, "compare: found label ", a.label, " of '", a.sample, "' in ", first_name,
          " and ", b.label, " in ", second_name, ", expected the same one");
    ++pairs.samples;
    pairs.right_first += a.right() ? 1 : 0;
    pairs.right_second += b.right() ? 1 : 0;
    pairs.only_first += a.right() && !b.right() ? 1 : 0;
    pairs.only_second += b.right() && !a.right() ? 1 : 0;
    pairs.agreeing += a.answer == b.answer ? 1 : 0;
  }
  return pairs;
}

}  // namespace nibble
