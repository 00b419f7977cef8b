#pragma once

namespace nibble {

/// Asks for memory that will be read soon, where blocks are so short that the processor sees no stream.
inline void prefetch(const void* from, long bytes) {
  constexpr long kLine = 64;
  for (long i = 0; i < bytes; i += kLine) __builtin_prefetch(static_cast<const char*>(from) + i);
}

}  // namespace nibble
