#include "experiments/launch/condition.h"

#include <algorithm>

#include "experiments/config/option_value.h"
#include "experiments/config/pattern.h"
#include "experiments/process/exit_codes.h"

namespace nibble {
namespace {

constexpr const char* kAnd = " and ";

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(kAnd, begin)) != std::string::npos;
       begin = end + std::string(kAnd).size())
    parts.push_back(trim(text.substr(begin, end - begin)));
  parts.push_back(trim(text.substr(begin)));
  return parts;
}

bool compare(const std::string& relation, double a, double b) {
  if (relation == "=") return a == b;
  if (relation == "!=") return a != b;
  if (relation == "<") return a < b;
  if (relation == "<=") return a <= b;
  return relation == ">" ? a > b : a >= b;
}

}  // namespace

Condition::Condition(const std::string& text, const std::string& origin) : origin_(origin) {
  static const Pattern pattern("^([[:alnum:]_.]+)[[:space:]]*(<=|>=|!=|==|=|<|>)[[:space:]]*(.*)$");
  for (const std::string& part : parts_of(text + " ")) {  // so that an "and" at its end is one
    const std::vector<std::string> found = pattern.search(part);
    if (found.empty())
      usage_error(origin, ": found condition '", part, "', expected KEY = VALUE, or != < <= > >= for =");
    comparisons_.push_back({found[1], found[2] == "==" ? "=" : found[2], found[3]});
  }
}

std::vector<std::string> Condition::keys() const {
  std::vector<std::string> keys;
  for (const Comparison& comparison : comparisons_) keys.push_back(comparison.key);
  return keys;
}

bool Condition::Comparison::holds(const std::string& found, const std::string& origin) const {
  double a = 0, b = 0;
  if (parse_value(found, a) && parse_value(value, b)) return compare(relation, a, b);
  if (relation == "=") return found == value;
  if (relation == "!=") return found != value;
  usage_error(origin, ": ", key, " ", relation, " ", value, " found ", key, " = '", found,
              "', expected numbers on both sides");
}

bool Condition::holds(const std::function<std::string(const std::string&)>& value) const {
  return std::all_of(comparisons_.begin(), comparisons_.end(), [&](const Comparison& comparison) {
    return comparison.holds(value(comparison.key), origin_);
  });
}

}  // namespace nibble
