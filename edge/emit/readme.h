#pragma once

#include <string>

#include "edge/emit/emit_c.h"

namespace nibble::edge {

/// README.txt of a package, behind its first words: what its files are and how the model is called.
std::string readme(const IntegerGraph& graph, const EmitOptions& options);

}  // namespace nibble::edge
