#include "experiments/config/pattern.h"

#include <cassert>

namespace nibble {

Pattern::Pattern(const char* expression) {
  const int failed = regcomp(&compiled_, expression, REG_EXTENDED);
  assert(failed == 0);
  static_cast<void>(failed);
}

Pattern::~Pattern() { regfree(&compiled_); }

std::vector<std::string> Pattern::search(const std::string& text) const {
  std::vector<regmatch_t> places(compiled_.re_nsub + 1);
  places.front() = {0, static_cast<regoff_t>(text.size())};  // REG_STARTEND: a text may hold a zero byte
  if (regexec(&compiled_, text.c_str(), places.size(), places.data(), REG_STARTEND) != 0) return {};
  std::vector<std::string> found;
  for (const regmatch_t& place : places)
    found.push_back(place.rm_so < 0 ? ""
                                    : text.substr(static_cast<std::size_t>(place.rm_so),
                                                  static_cast<std::size_t>(place.rm_eo - place.rm_so)));
  return found;
}

}  // namespace nibble
