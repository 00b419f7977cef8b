#pragma once

#include <cstdint>
#include <optional>

#include "core/array.h"
#include "core/kernels/code_add.h"
#include "edge/integer_graph.h"
#include "edge/requantizer.h"

namespace nibble::edge {

// What the evaluator does with codes beside convolutions: loops over channels that a compiler turns into
// vector instructions. Equal to edge/reference.h in every bit. Images are [N, H, W, C].

/// Same shape as x1 and x2. floats: none, or equal to `add`.
Array<std::uint8_t> add(const IntegerAdd& add, const std::optional<kernels::CodeAddLine>& floats,
                        const Array<std::uint8_t>& x1, const Array<std::uint8_t>& x2);

Array<std::uint8_t> look_up(const IntegerTable& table, const Array<std::uint8_t>& x);

/// out: the output's image [OH, OW, C].
Array<std::uint8_t> max_pool(const IntegerMaxPool& pool, const Array<std::uint8_t>& x, const Shape& out);

/// out: [OH, OW, C], or [C] where the window is the whole image.
Array<std::uint8_t> average_pool(const IntegerAveragePool& pool, const Requantizer& requantize,
                                 const Array<std::uint8_t>& x, const Shape& out);

}  // namespace nibble::edge
