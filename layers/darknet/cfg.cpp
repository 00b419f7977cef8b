#include "layers/darknet/cfg.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "core/check.h"
#include "core/suggest.h"

namespace nibble::darknet {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;  // yolov4.cfg has 12 kB

std::string trimmed(const std::string& text) {
  constexpr const char* kBlank = " \t\r\v\f";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    if (const std::string value = trimmed(part); !value.empty()) parts.push_back(value);
  }
  return parts;
}

// What a range is called in a message.
std::string named(const Section::Range& range, const char* what) {
  const Section::Range any;
  if (range.lowest == any.lowest) return what;
  if (range.highest == any.highest) return str(what, " of at least ", range.lowest);
  return str(what, " from ", range.lowest, " to ", range.highest);
}

double parse(const std::string& text, const Section::Range& range, bool whole, const std::string& where) {
  double value = 0;
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, value);
  check(error == std::errc() && stopped == end && std::isfinite(value) && range.lowest <= value &&
            value <= range.highest && (!whole || value == std::floor(value)),
        where, ": found '", text, "', expected ", named(range, whole ? "a whole number" : "a number"));
  return value;
}

Section::Range whole_range(Section::Range range) {
  constexpr double kLargest = std::numeric_limits<int>::max();
  return {std::max(range.lowest, -kLargest), std::min(range.highest, kLargest)};
}

}  // namespace

void Section::set(const std::string& key, const std::string& value, int line) {
  const auto [at, added] = values_.emplace(key, Value{value, line});
  check(added, file_, ":", line, ": found '", key, "' of [", name_,
        "] a second time, expected it once (line ", at->second.line, ")");
}

const Section::Value* Section::find(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second;
}

std::string Section::where(const std::string& key) const {
  const Value* const value = find(key);
  return str(file_, ":", value != nullptr ? value->line : line_, ": [", name_, "]", key.empty() ? "" : " ",
             key);
}

double Section::number(const std::string& key, Range range, double otherwise) const {
  const Value* const value = find(key);
  return value == nullptr ? otherwise : parse(value->text, range, false, where(key));
}

int Section::whole(const std::string& key, Range range, int otherwise) const {
  const Value* const value = find(key);
  return value == nullptr ? otherwise
                          : static_cast<int>(parse(value->text, whole_range(range), true, where(key)));
}

bool Section::flag(const std::string& key, bool otherwise) const {
  return whole(key, {0, 1}, otherwise ? 1 : 0) != 0;
}

std::string Section::word(const std::string& key, const std::string& otherwise) const {
  const Value* const value = find(key);
  return value == nullptr ? otherwise : value->text;
}

std::vector<double> Section::numbers(const std::string& key, Range range) const {
  std::vector<double> found;
  if (const Value* const value = find(key)) {
    for (const std::string& part : parts_of(value->text))
      found.push_back(parse(part, range, false, where(key)));
  }
  return found;
}

std::vector<int> Section::wholes(const std::string& key, Range range) const {
  std::vector<int> found;
  if (const Value* const value = find(key)) {
    for (const std::string& part : parts_of(value->text))
      found.push_back(static_cast<int>(parse(part, whole_range(range), true, where(key))));
  }
  return found;
}

void Section::allow(const std::vector<std::string>& keys) const {
  for (const auto& [key, value] : values_) {
    check(std::find(keys.begin(), keys.end(), key) != keys.end(), file_, ":", value.line,
          ": found unknown key '", key, "' in [", name_, "]", did_you_mean(key, keys));
  }
}

std::vector<Section> parse_cfg(const std::string& text, const std::string& file) {
  std::vector<Section> sections;
  std::istringstream in(text);
  std::string whole_line;
  for (int number = 1; std::getline(in, whole_line); ++number) {
    if (number == 1 && whole_line.starts_with("\xEF\xBB\xBF")) whole_line.erase(0, 3);  // of an editor
    const std::string line = trimmed(whole_line.substr(0, whole_line.find('#')));
    if (line.empty() || line.front() == ';') continue;
    const std::string where = str(file, ":", number, ": ");
    if (line.front() == '[') {
      check(line.size() > 2 && line.back() == ']', where, "found '", line, "', expected [section]");
      sections.emplace_back(file, number, trimmed(line.substr(1, line.size() - 2)));
      continue;
    }
    const std::size_t equals = line.find('=');
    check(equals != std::string::npos && equals > 0, where, "found '", line,
          "', expected [section] or key=value");
    check(!sections.empty(), where, "found '", line, "' before the first section, expected [net]");
    sections.back().set(trimmed(line.substr(0, equals)), trimmed(line.substr(equals + 1)), number);
  }
  check(!sections.empty(), file, ": found no section, expected [net] and layers");
  return sections;
}

std::vector<Section> read_cfg(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  check(in.is_open(), "model.cfg: cannot open '", file, "', expected a cfg file of darknet");
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  check(text.size() <= kLargestFile && text.find('\0') == std::string::npos, file,
        ": found a file that is no text of at most 1 MiB, expected a cfg file of darknet");
  return parse_cfg(text, file);
}

}  // namespace nibble::darknet
