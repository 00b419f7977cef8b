#include "experiments/launch/value_list.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "experiments/config/option_value.h"
#include "experiments/config/pattern.h"
#include "experiments/process/exit_codes.h"

namespace nibble {
namespace {

constexpr double kMostValues = 100'000;

// "1e-4..1e-2 log 5"
struct ValueRange {
  std::string first, last;  // as written
  double low = 0, high = 0;
  std::string how;  // step, linear, log; or empty
  std::string number;

  bool whole() const {
    long a = 0, b = 0;
    return parse_value(first, a) && parse_value(last, b);
  }
};

// Nothing for a text that is no range, such as a path with dots.
std::optional<ValueRange> parse_range(const std::string& text) {
  static const Pattern pattern(
      "^([^[:space:]]*[^[:space:].])[.][.]([^[:space:]]+)([[:space:]]+([a-z]+)([[:space:]]+([^[:space:]]+))?)"
      "?$");
  const std::vector<std::string> part = pattern.search(text);
  ValueRange range;
  if (part.empty()) return std::nullopt;
  range.first = part[1], range.last = part[2], range.how = part[4], range.number = part[6];
  if (!parse_value(range.first, range.low) || !parse_value(range.last, range.high)) return std::nullopt;
  return range;
}

std::string rounded(double value) { return format_value(std::stod(fmt::format("{:.4g}", value))); }

[[noreturn]] void refuse(const std::string& origin, const std::string& text, const std::string& expected) {
  usage_error(origin, ": found range '", text, "', expected ", expected);
}

void check_count(double count, const std::string& origin, const std::string& text) {
  if (count > kMostValues) refuse(origin, text, str("at most ", kMostValues, " values"));
}

std::vector<std::string> whole_numbers(const ValueRange& range, const std::string& origin,
                                       const std::string& text) {
  check_count(std::abs(range.high - range.low) + 1, origin, text);
  const long begin = std::lround(range.low), end = std::lround(range.high), by = begin <= end ? 1 : -1;
  std::vector<std::string> values;
  for (long value = begin; value != end + by; value += by) values.push_back(std::to_string(value));
  return values;
}

std::vector<std::string> steps(const ValueRange& range, const std::string& origin, const std::string& text) {
  double step = 0;
  if (!parse_value(range.number, step) || step == 0 || (range.high - range.low) / step < 0)
    refuse(origin, text, "step and a number that leads from the first to the last value");
  // An end that only rounding errors keep from being reached belongs to the range.
  const double count = std::floor((range.high - range.low) / step * (1 + 1e-12) + 1e-9) + 1;
  check_count(count, origin, text);
  std::vector<std::string> values{range.first};
  for (int i = 1; i < static_cast<int>(count); ++i) values.push_back(rounded(range.low + i * step));
  return values;
}

std::vector<std::string> spaced(const ValueRange& range, const std::string& origin, const std::string& text) {
  int count = 0;
  const bool log = range.how == "log";
  if (!parse_value(range.number, count) || count < 2)
    refuse(origin, text, range.how + " and a number of values, at least 2");
  check_count(count, origin, text);
  if (log && (range.low <= 0 || range.high <= 0)) refuse(origin, text, "ends above 0 in front of log");
  std::vector<std::string> values{range.first};
  for (int i = 1; i < count - 1; ++i) {
    const double share = static_cast<double>(i) / (count - 1);
    values.push_back(rounded(log ? range.low * std::pow(range.high / range.low, share)
                                 : range.low + share * (range.high - range.low)));
  }
  values.push_back(range.last);
  return values;
}

std::vector<std::string> values_of(const ValueRange& range, const std::string& origin,
                                   const std::string& text) {
  if (range.how == "step") return steps(range, origin, text);
  if (range.how == "linear" || range.how == "log") return spaced(range, origin, text);
  if (!range.how.empty() || !range.whole())
    refuse(origin, text, "whole numbers as 1..5, or step, linear or log with a number behind it");
  return whole_numbers(range, origin, text);
}

}  // namespace

std::vector<std::string> list_values(const std::string& text, const std::string& origin) {
  std::vector<std::string> values;
  for (const std::string& part : split(text, ',')) {
    if (part.empty()) usage_error(origin, ": found '", text, "', expected a value between two commas");
    const std::optional<ValueRange> range = parse_range(part);
    for (const std::string& value : range ? values_of(*range, origin, part) : std::vector<std::string>{part})
      values.push_back(value);
    check_count(static_cast<double>(values.size()), origin, text);
  }
  return values;
}

RandomValue::RandomValue(const std::string& text, const std::string& origin) {
  const std::optional<ValueRange> range = parse_range(text);
  if (!range) {
    choices_ = list_values(text, origin);
    return;
  }
  const bool log = range->how == "log";
  if ((!log && !range->how.empty()) || !range->number.empty() || range->low >= range->high)
    refuse(origin, text, "LOW..HIGH or LOW..HIGH log, with LOW below HIGH");
  if (log && range->low <= 0) refuse(origin, text, "ends above 0 in front of log");
  kind_ = log ? Kind::logarithmic : range->whole() ? Kind::whole : Kind::real;
  low_ = range->low, high_ = range->high;
}

std::string RandomValue::draw(Rng random) const {
  if (kind_ == Kind::choice) return choices_[random.below(choices_.size())];
  if (kind_ == Kind::whole) {
    const auto count = static_cast<std::uint64_t>(std::llround(high_ - low_)) + 1;
    return std::to_string(std::llround(low_) + static_cast<long long>(random.below(count)));
  }
  const double share = static_cast<double>(random.uniform());
  if (kind_ == Kind::real) return rounded(low_ + share * (high_ - low_));
  return rounded(low_ * std::pow(high_ / low_, share));
}

}  // namespace nibble
