#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nibble::edge {

/// A file of edge/kernels or edge/host, put into the library at build time (edge/embed.cmake).
struct EmbeddedText {
  std::string_view file;  // without folder
  std::string_view text;
};

const std::vector<EmbeddedText>& embedded_texts();

/// The text of one file, which must exist.
std::string_view embedded_text(std::string_view file);

/// The file and all that it includes with "..." among the embedded files.
std::vector<std::string> with_includes(const std::vector<std::string>& files);

}  // namespace nibble::edge
