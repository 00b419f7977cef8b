#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/files/embedded_file.h"

namespace nibble::edge {

/// The files of edge/kernels/portable and edge/emit/host, put into the library at build time
/// (cmake/embed.cmake).
const std::vector<EmbeddedFile>& embedded_texts();

/// The text of one file, which must exist.
std::string_view embedded_text(std::string_view file);

/// The file and all that it includes with "..." among the embedded files.
std::vector<std::string> with_includes(const std::vector<std::string>& files);

}  // namespace nibble::edge
