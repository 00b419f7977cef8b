#include "interchange/stored_numbers.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace nibble {
namespace {

static_assert(std::endian::native == std::endian::little, "values are copied to and from files as they are");

// IEEE half precision: 1 sign, 5 exponent and 10 fraction bits.
float from_half(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 31, fraction = bits & 1023;
  float magnitude = 0;
  if (exponent == 31) {
    magnitude = fraction ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
  } else if (exponent == 0) {
    magnitude = std::ldexp(static_cast<float>(fraction), -24);  // subnormal
  } else {
    magnitude = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  }
  return bits >> 15 ? -magnitude : magnitude;
}

// bfloat16 is the upper half of a float.
float from_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

template <typename Number>
Number itself(Number number) {
  return number;
}

// Reads `Stored` values one by one, wherever they lie, and turns them into Real.
template <typename Stored, auto value = itself<Stored>>
void convert(const char* from, Real* to, long count) {
  for (long i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, from + i * static_cast<long>(sizeof stored), sizeof stored);
    to[i] = static_cast<Real>(value(stored));
  }
}

}  // namespace

const StoredType kFloat64{8, convert<double>};
const StoredType kFloat32{4, convert<float>};
const StoredType kFloat16{2, convert<std::uint16_t, from_half>};
const StoredType kBfloat16{2, convert<std::uint16_t, from_bfloat16>};
const StoredType kInt64{8, convert<std::int64_t>};
const StoredType kInt32{4, convert<std::int32_t>};
const StoredType kInt16{2, convert<std::int16_t>};
const StoredType kInt8{1, convert<std::int8_t>};
const StoredType kUint8{1, convert<std::uint8_t>};

}  // namespace nibble
