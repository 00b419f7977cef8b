#pragma once

#include <optional>
#include <vector>

#include "core/kernels/integer/byte_table.h"
#include "quant/chains/chain.h"

namespace nibble::chains {

/// What a chain makes of the codes of its first step, a quantizer's of at most 8 bits: for each step the code
/// of every one of them, where it is a quantizer that is kept.
using CodeTables = std::vector<kernels::ByteTable>;

/// Computed by the steps themselves. Nothing, if a value is not a number.
std::optional<CodeTables> code_tables(const Chain& chain);

}  // namespace nibble::chains
