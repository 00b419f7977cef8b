#pragma once

#include <string>

namespace nibble::edge {

/// Bytes of a kernel's code, about: what gcc 12 makes of it at -O2 for a Cortex-M4, constants aside. A test
/// measures again where that compiler is installed.
long code_bytes_of_kernel(const std::string& kernel);

/// Of the functions of a model that calls kernels for so many nodes.
long code_bytes_of_calls(long nodes);

/// The most stack that a call of a model takes there, in bytes; what interrupts it aside.
inline constexpr long kStackBytes = 256;
/// The same where it finds boxes.
inline constexpr long kBoxStackBytes = 384;

}  // namespace nibble::edge
