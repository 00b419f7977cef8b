#pragma once

#include <vector>

#include "core/files/embedded_file.h"

namespace nibble::report {

/// The files of experiments/report/page and of vendor/uplot, put into the program at build time
/// (cmake/embed.cmake).
const std::vector<EmbeddedFile>& page_files();

}  // namespace nibble::report
