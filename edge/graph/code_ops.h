#pragma once

#include <cstdint>
#include <optional>

#include "core/array.h"
#include "core/kernels/integer/code_add.h"
#include "edge/graph/integer_graph.h"
#include "edge/graph/requantizer.h"

namespace nibble::edge {

// What the evaluator does with codes beside convolutions: loops over channels that a compiler turns into
// vector instructions. Equal to edge/run/reference.h in every bit. Images are [N, H, W, C].

/// n codes on this thread; the others below cut their work for all. floats: none, or equal to `add`.
void add_codes(const IntegerAdd& add, const std::optional<kernels::CodeAddLine>& floats,
               const std::uint8_t* x1, const std::uint8_t* x2, long n, std::uint8_t* y);
/// x1: [rows, channels]; x2: as many, or one factor a channel.
void multiply_codes(const IntegerMultiply& multiply, const std::uint8_t* x1, const std::uint8_t* x2,
                    bool per_channel, long rows, long channels, std::uint8_t* y);
void look_up_codes(const IntegerTable& table, const std::uint8_t* x, long n, std::uint8_t* y);

/// Same shape as x1 and x2.
Array<std::uint8_t> add(const IntegerAdd& add, const std::optional<kernels::CodeAddLine>& floats,
                        const Array<std::uint8_t>& x1, const Array<std::uint8_t>& x2);

/// Same shape as x1. x2: the same, or of an image [N, H, W, C] factors [N, C].
Array<std::uint8_t> multiply(const IntegerMultiply& multiply, const Array<std::uint8_t>& x1,
                             const Array<std::uint8_t>& x2);

Array<std::uint8_t> look_up(const IntegerTable& table, const Array<std::uint8_t>& x);

/// out: the output's image [OH, OW, C].
Array<std::uint8_t> max_pool(const IntegerMaxPool& pool, const Array<std::uint8_t>& x, const Shape& out);

/// out: [OH, OW, C], or [C] where the window is the whole image.
Array<std::uint8_t> average_pool(const IntegerAveragePool& pool, const Requantizer& requantize,
                                 const Array<std::uint8_t>& x, const Shape& out);

}  // namespace nibble::edge
