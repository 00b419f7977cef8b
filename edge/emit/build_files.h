#pragma once

#include <string>
#include <vector>

#include "edge/emit/model_names.h"

namespace nibble::edge {

/// A Makefile with the targets lib, check, size and clean. Each compiles everything: what an earlier call
/// left may be of another compiler. sources: of the library, "model.c", ...
std::string makefile(const ModelNames& names, const std::vector<std::string>& sources);

/// A CMakeLists.txt with the model as a static library, and its selftest where the package is built by
/// itself.
std::string cmake_lists(const ModelNames& names, const std::vector<std::string>& sources);

}  // namespace nibble::edge
