#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nibble {

/// "quant.weight_bits < 4 and quant.method != none": comparisons of keys of a config with values, all of
/// which have to hold. = != for any value, numbers as numbers; < <= > >= for numbers. An empty condition
/// holds.
class Condition {
 public:
  Condition() = default;
  /// Throws UsageError, which begins with `origin`, for a text that is none.
  Condition(const std::string& text, const std::string& origin);

  std::vector<std::string> keys() const;
  /// value: of a key. Throws UsageError where < and its like meet a value that is no number.
  bool holds(const std::function<std::string(const std::string& key)>& value) const;

 private:
  struct Comparison {
    std::string key, relation, value;
    bool holds(const std::string& found, const std::string& origin) const;
  };

  std::vector<Comparison> comparisons_;
  std::string origin_;
};

}  // namespace nibble
