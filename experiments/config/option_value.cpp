#include "experiments/config/option_value.h"

#include <charconv>
#include <cmath>

namespace nibble {

namespace {

template <typename Number>
bool parse_number(const std::string& text, Number& value) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return false;
  if (!std::isfinite(static_cast<double>(number))) return false;  // from_chars reads "inf" and "nan"
  value = number;
  return true;
}

template <typename Number>
std::string format_number(Number value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

}  // namespace

bool Limits::contain(double v) const {
  return (low_excluded ? v > low : v >= low) && (high_excluded ? v < high : v <= high);
}

bool parse_value(const std::string& text, int& value) { return parse_number(text, value); }
bool parse_value(const std::string& text, long& value) { return parse_number(text, value); }
bool parse_value(const std::string& text, std::uint64_t& value) { return parse_number(text, value); }
bool parse_value(const std::string& text, double& value) { return parse_number(text, value); }
bool parse_value(const std::string& text, float& value) { return parse_number(text, value); }

bool parse_value(const std::string& text, bool& value) {
  for (const char* yes : {"true", "yes", "on", "1"})
    if (text == yes) return value = true, true;
  for (const char* no : {"false", "no", "off", "0"})
    if (text == no) return value = false, true;
  return false;
}

std::string format_value(int value) { return format_number(value); }
std::string format_value(long value) { return format_number(value); }
std::string format_value(std::uint64_t value) { return format_number(value); }
std::string format_value(double value) { return format_number(value); }
std::string format_value(float value) { return format_number(value); }
std::string format_value(bool value) { return value ? "true" : "false"; }

std::string kind_of(int) { return "a whole number"; }
std::string kind_of(long) { return "a whole number"; }
std::string kind_of(std::uint64_t) { return "a whole number of at least 0"; }
std::string kind_of(double) { return "a number"; }
std::string kind_of(float) { return "a number"; }
std::string kind_of(bool) { return "true or false"; }

std::string format_limits(const Limits& limits) {
  const bool low = std::isfinite(limits.low), high = std::isfinite(limits.high);
  if (low && high)
    return " from " + format_value(limits.low) + " to " + (limits.high_excluded ? "below " : "") +
           format_value(limits.high);
  if (low) return (limits.low_excluded ? " above " : " of at least ") + format_value(limits.low);
  if (high) return (limits.high_excluded ? " below " : " of at most ") + format_value(limits.high);
  return "";
}

std::string trim(const std::string& text) {
  const char* blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  if (trim(text).empty()) return parts;
  std::size_t begin = 0;
  for (std::size_t end; (end = text.find(separator, begin)) != std::string::npos; begin = end + 1)
    parts.push_back(trim(text.substr(begin, end - begin)));
  parts.push_back(trim(text.substr(begin)));
  return parts;
}

}  // namespace nibble
