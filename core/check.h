#pragma once

#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace nibble {

/// Anything a user can cause: a shape, a file, a config, an unsupported layer. One sentence in the order
/// who, found, expected. What only we can cause is an assert.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Refers to a value of any type, and says how it is written to a stream. One function joins such parts to a
/// sentence, since a template for each combination of their types takes long to compile.
struct TextPart {
  const void* value;
  void (*print)(std::ostream&, const void* value);
};

template <typename T>
void print_part(std::ostream& out, const void* value) {
  out << *static_cast<const T*>(value);
}
void print_text(std::ostream& out, const void* value);

extern template void print_part<char>(std::ostream&, const void*);
extern template void print_part<int>(std::ostream&, const void*);
extern template void print_part<long>(std::ostream&, const void*);
extern template void print_part<unsigned long>(std::ostream&, const void*);
extern template void print_part<float>(std::ostream&, const void*);
extern template void print_part<double>(std::ostream&, const void*);
extern template void print_part<std::string>(std::ostream&, const void*);
extern template void print_part<std::string_view>(std::ostream&, const void*);

template <typename T>
TextPart part_of(const T& value) {
  return {&value, &print_part<T>};
}
template <std::size_t length>
TextPart part_of(const char (&text)[length]) {
  return {text, &print_text};
}

std::string join_parts(std::initializer_list<TextPart> parts);
[[noreturn]] void fail_with(std::initializer_list<TextPart> parts);

/// Joins its arguments with operator<<, as std::format would where g++ 12 had it.
template <typename... Parts>
std::string str(const Parts&... parts) {
  return join_parts({part_of(parts)...});
}

template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  fail_with({part_of(parts)...});
}

/// Throws Error with the joined parts unless the condition holds. The parts are formatted only on failure.
template <typename... Parts>
void check(bool condition, const Parts&... parts) {
  if (!condition) [[unlikely]]
    fail_with({part_of(parts)...});
}

}  // namespace nibble
