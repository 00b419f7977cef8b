#pragma once

#include <regex.h>

#include <string>
#include <vector>

#include "core/noncopyable.h"

namespace nibble {

/// A POSIX extended regular expression, by the C library: std::regex takes seconds of every build.
class Pattern : private NonCopyable {
 public:
  /// The expression is ours: a wrong one is a mistake of the program.
  explicit Pattern(const char* expression);
  ~Pattern();

  /// The leftmost match and then what its groups hold, "" for those that took no part; nothing without a
  /// match. A dot matches all but a zero byte.
  std::vector<std::string> search(const std::string& text) const;

 private:
  regex_t compiled_;
};

}  // namespace nibble
