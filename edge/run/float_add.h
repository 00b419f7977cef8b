#pragma once

#include <optional>

#include "core/kernels/integer/code_add.h"
#include "edge/graph/integer_graph.h"

namespace nibble::edge {

/// An addition of codes in float that gives the codes of an integer one. None where the processor lacks wide
/// registers, for two lines, or if a code differs: every pair of codes up to the inputs' highest is tried.
std::optional<kernels::CodeAddLine> equal_float_add(const IntegerAdd& add, int top1, int top2);

}  // namespace nibble::edge
