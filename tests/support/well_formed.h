#pragma once

#include <cctype>
#include <string>
#include <vector>

namespace nibble {

/// What is wrong with a text as XML, as far as our pictures use it (elements, attributes in double quotes,
/// the four named entities); empty if nothing is.
inline std::string xml_fault(const std::string& text) {
  std::vector<std::string> open;
  std::size_t i = 0;
  bool any = false;
  const auto entity_fault = [](const std::string& part) -> std::string {
    for (std::size_t k = part.find('&'); k != std::string::npos; k = part.find('&', k + 1)) {
      bool known = false;
      for (const char* entity : {"&amp;", "&lt;", "&gt;", "&quot;"})
        known = known || part.compare(k, std::string(entity).size(), entity) == 0;
      if (!known) return "a bare & in '" + part + "'";
    }
    return "";
  };
  while (i < text.size()) {
    const std::size_t begin = text.find('<', i);
    const std::string between = text.substr(i, begin == std::string::npos ? begin : begin - i);
    if (const std::string fault = entity_fault(between); !fault.empty()) return fault;
    if (between.find('>') != std::string::npos) return "a bare > in '" + between + "'";
    if (begin == std::string::npos) break;
    const std::size_t end = text.find('>', begin);
    if (end == std::string::npos) return "a tag without end";
    std::string tag = text.substr(begin + 1, end - begin - 1);
    i = end + 1;
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1)) return "</" + tag.substr(1) + "> closes nothing";
      open.pop_back();
      continue;
    }
    if (open.empty() && any) return "a second root <" + tag + ">";
    any = true;
    const bool closed = tag.ends_with("/");
    if (closed) tag.pop_back();
    std::size_t at = 0;
    while (at < tag.size() && (std::isalnum(static_cast<unsigned char>(tag[at])) != 0)) ++at;
    const std::string name = tag.substr(0, at);
    while (at < tag.size()) {
      const std::size_t equals = tag.find("=\"", at);
      const std::size_t quote = equals == std::string::npos ? equals : tag.find('"', equals + 2);
      if (quote == std::string::npos) return "an attribute without value in <" + tag + ">";
      const std::string value = tag.substr(equals + 2, quote - equals - 2);
      if (value.find('<') != std::string::npos) return "a bare < in <" + tag + ">";
      if (const std::string fault = entity_fault(value); !fault.empty()) return fault;
      at = quote + 1;
    }
    if (!closed) open.push_back(name);
  }
  return open.empty() ? (any ? "" : "no element") : "<" + open.back() + "> is not closed";
}

}  // namespace nibble
