#pragma once

namespace nibble {

/// For what stands for something of which there is one: a watch, a claim, a scope. Derive privately.
struct NonCopyable {
  NonCopyable() = default;
  NonCopyable(const NonCopyable&) = delete;
  NonCopyable& operator=(const NonCopyable&) = delete;
};

}  // namespace nibble
