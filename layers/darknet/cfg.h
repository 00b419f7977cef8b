#pragma once

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace nibble::darknet {

/// A section of a cfg file: "[convolutional]" and the lines "key=value" below it. What is asked of it throws
/// Error naming file, line, section and key for a value that is no number, or outside of its range.
class Section {
 public:
  struct Range {
    double lowest = -std::numeric_limits<double>::max(), highest = std::numeric_limits<double>::max();
  };

  Section(std::string file, int line, std::string name)
      : file_(std::move(file)), name_(std::move(name)), line_(line) {}

  const std::string& name() const { return name_; }
  const std::string& file() const { return file_; }
  /// A key that stands twice is an Error: darknet takes the first, most readers the last.
  void set(const std::string& key, const std::string& value, int line);
  bool has(const std::string& key) const { return values_.count(key) > 0; }

  int whole(const std::string& key, Range range, int otherwise) const;
  double number(const std::string& key, Range range, double otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  std::string word(const std::string& key, const std::string& otherwise) const;
  /// Separated by commas. Of a key that is not there: none.
  std::vector<int> wholes(const std::string& key, Range range) const;
  std::vector<double> numbers(const std::string& key, Range range) const;

  /// "yolov4.cfg:12: [convolutional]", and with a key that is there "yolov4.cfg:14: [convolutional] filters".
  std::string where(const std::string& key = {}) const;
  /// Refuses any other key, with a suggestion.
  void allow(const std::vector<std::string>& keys) const;

 private:
  struct Value {
    std::string text;
    int line;
  };
  const Value* find(const std::string& key) const;

  std::string file_, name_;
  int line_;
  std::map<std::string, Value> values_;
};

/// The sections of a cfg, in order. Lines that begin with # or ; are comments, and so is what stands behind a
/// # in a line. Throws Error naming file and line for a line that is neither "[section]" nor "key=value", for
/// a key before the first section, and for a text without sections.
std::vector<Section> parse_cfg(const std::string& text, const std::string& file);
std::vector<Section> read_cfg(const std::string& file);

}  // namespace nibble::darknet
