#pragma once

#include <cstddef>
#include <sstream>
#include <string>

#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// The type of a tensor's elements in C.
inline const char* c_type(const IntegerTensor& tensor) {
  if (!tensor.scores) return "uint8_t";
  return tensor.score_bits == 16 ? "int16_t" : "int32_t";
}

/// A table as C text:   static const TYPE NAME[N] = {...};   wrapped after about 110 columns.
template <typename Values>
std::string c_table(const std::string& type, const std::string& name, const Values& values) {
  std::ostringstream text;
  text << "static const " << type << ' ' << name << '[' << values.size() << "] = {";
  std::size_t column = 110;  // break before the first value
  for (const auto value : values) {
    const std::string number = std::to_string(value);
    if (column + number.size() + 2 > 110) {
      text << "\n    ";
      column = 4;
    }
    text << number << ", ";
    column += number.size() + 2;
  }
  text << "\n};\n";
  return text.str();
}

/// A name that C accepts: everything but letters and digits becomes an underscore.
inline std::string c_identifier(const std::string& name) {
  std::string identifier;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    identifier += plain ? c : '_';
  }
  return identifier;
}

/// A text that can stand in a C comment or string: printable ASCII without quotes, backslashes and comment
/// marks.
inline std::string c_plain(const std::string& text) {
  std::string plain;
  for (const char c : text) {
    const bool safe = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '*' && c != '?';
    plain += safe ? c : '_';
  }
  return plain;
}

/// Any text as a C string with its quotes: what is not plain becomes an octal escape.
inline std::string c_string(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
    const auto byte = static_cast<unsigned char>(c);
    const auto digit = [&](int shift) { return static_cast<char>('0' + ((byte >> shift) & 7)); };
    if (plain) {
      quoted += c;
    } else {
      quoted += '\\';
      quoted += {digit(6), digit(3), digit(0)};
    }
  }
  return quoted + '"';
}

}  // namespace nibble::edge
