#pragma once

namespace nibble {

/// Requests memory that will be read soon. For blocks so short that the processor does not detect a stream.
inline void prefetch(const void* from, long bytes) {
  constexpr long kLine = 64;
  for (long i = 0; i < bytes; i += kLine) __builtin_prefetch(static_cast<const char*>(from) + i);
}

}  // namespace nibble
