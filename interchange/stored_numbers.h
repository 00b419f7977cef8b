#pragma once

#include <cstdint>

#include "core/real.h"

namespace nibble {

/// How files of other tools store a number: little-endian, `bytes` wide each. convert turns `count` numbers
/// that lie anywhere in memory into Real.
struct StoredType {
  std::uint64_t bytes = 0;
  void (*convert)(const char* from, Real* to, long count) = nullptr;
};

extern const StoredType kFloat64, kFloat32, kFloat16, kBfloat16;
extern const StoredType kInt64, kInt32, kInt16, kInt8, kUint8;  // kUint8: booleans, too

}  // namespace nibble
