#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace nibble {

/// Anything a user can cause: a shape, a file, a config, an unsupported layer. One sentence in the order
/// who, found, expected. What only we can cause is an assert.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Joins its arguments with operator<<, as std::format would where g++ 12 had it.
template <typename... Parts>
std::string str(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(str(parts...));
}

/// Throws Error with the joined parts unless the condition holds. The parts are formatted only on failure.
template <typename... Parts>
void check(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    fail(parts...);
}

}  // namespace nibble
