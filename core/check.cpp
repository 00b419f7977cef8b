#include "core/check.h"

#include <sstream>

namespace nibble {

template void print_part<char>(std::ostream&, const void*);
template void print_part<int>(std::ostream&, const void*);
template void print_part<long>(std::ostream&, const void*);
template void print_part<unsigned long>(std::ostream&, const void*);
template void print_part<float>(std::ostream&, const void*);
template void print_part<double>(std::ostream&, const void*);
template void print_part<std::string>(std::ostream&, const void*);
template void print_part<std::string_view>(std::ostream&, const void*);

void print_text(std::ostream& out, const void* value) { out << static_cast<const char*>(value); }

std::string join_parts(std::initializer_list<TextPart> parts) {
  std::ostringstream text;
  for (const TextPart& part : parts) part.print(text, part.value);
  return text.str();
}

void fail_with(std::initializer_list<TextPart> parts) { throw Error(join_parts(parts)); }

}  // namespace nibble
