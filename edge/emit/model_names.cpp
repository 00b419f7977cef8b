#include "edge/emit/model_names.h"

#include <algorithm>
#include <cctype>

#include "core/check.h"

namespace nibble::edge {

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

bool is_model_name(const std::string& name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_plain = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && is_letter(name.front()) && std::all_of(name.begin(), name.end(), is_plain) &&
         !name.starts_with("nbl") && name != "selftest" && name != "test_vectors";
}

ModelNames model_names(const std::string& name) {
  check(is_model_name(name), "emit_c: found the name '", name,
        "', expected a letter, then letters, digits and underscores, and not one that the package uses "
        "(nbl..., "
        "selftest, test_vectors)");
  ModelNames names{name, name};
  for (char& c : names.upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return names;
}

std::string with_names(std::string_view text, const ModelNames& names) {
  std::string named(text);
  replace_all(named, "MODEL_", names.upper + "_");  // capitals first: a name may hold them
  replace_all(named, "model_", names.lower + "_");
  replace_all(named, "\"model.h\"", "\"" + names.lower + ".h\"");
  return named;
}

}  // namespace nibble::edge
