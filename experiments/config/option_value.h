#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace nibble {

/// What a number may be.
struct Limits {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_excluded = false;
  bool high_excluded = false;

  bool contain(double v) const;
};
inline Limits at_least(double low) { return {.low = low}; }
inline Limits above(double low) { return {.low = low, .low_excluded = true}; }
inline Limits within(double low, double high) { return {.low = low, .high = high}; }
inline Limits from_to_below(double low, double high) {
  return {.low = low, .high = high, .high_excluded = true};
}

// One value as people write it. parse_value returns false, and leaves the value alone, if the text is none.
// What format_value prints, parse_value reads back exactly.
bool parse_value(const std::string& text, int& value);
bool parse_value(const std::string& text, long& value);
bool parse_value(const std::string& text, std::uint64_t& value);
bool parse_value(const std::string& text, double& value);
bool parse_value(const std::string& text, float& value);
bool parse_value(const std::string& text, bool& value);  // true, false, yes, no, on, off, 1, 0
std::string format_value(int value);
std::string format_value(long value);
std::string format_value(std::uint64_t value);
std::string format_value(double value);  // the shortest text that reads back as the same number
std::string format_value(float value);
std::string format_value(bool value);

// "a whole number", for messages.
std::string kind_of(int);
std::string kind_of(long);
std::string kind_of(std::uint64_t);
std::string kind_of(double);
std::string kind_of(float);
std::string kind_of(bool);

/// "from 2 to 8", "of at least 1", "above 0"; empty without limits.
std::string format_limits(const Limits& limits);

/// Text without blanks at its ends.
std::string trim(const std::string& text);
/// The trimmed parts between separators; none for a blank text.
std::vector<std::string> split(const std::string& text, char separator);

}  // namespace nibble
