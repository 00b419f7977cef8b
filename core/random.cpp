#include "core/random.h"

#include <cmath>
#include <numbers>

namespace nibble {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15;

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) { state_.key = mix(seed + kGolden); }

Rng Rng::stream(std::string_view name) const {
  std::uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return stream(hash);
}

Rng Rng::stream(std::uint64_t index) const {
  Rng child(0);
  child.state_.key = mix(state_.key ^ mix(index + kGolden));
  return child;
}

std::uint64_t Rng::next() { return mix(state_.key + ++state_.counter * kGolden); }

float Rng::uniform() { return static_cast<float>(next() >> 40) * 0x1p-24f; }

void Rng::uniforms(float* into, long count) {
  const State from = state_;  // of its own, for g++ to see that the array does not touch it
  for (long i = 0; i < count; ++i) {
    const std::uint64_t bits = mix(from.key + (from.counter + 1 + static_cast<std::uint64_t>(i)) * kGolden);
    into[i] = static_cast<float>(static_cast<std::int32_t>(bits >> 40)) * 0x1p-24f;
  }
  state_.counter += static_cast<std::uint64_t>(count);
}

float Rng::normal() {
  const float u = 1.0f - uniform();  // (0, 1]: its logarithm is finite
  const float v = uniform();
  return std::sqrt(-2.0f * std::log(u)) * std::cos(2.0f * std::numbers::pi_v<float> * v);
}

std::uint64_t Rng::below(std::uint64_t n) {
  return static_cast<std::uint64_t>((static_cast<Wide>(next()) * n) >> 64);
}

}  // namespace nibble
