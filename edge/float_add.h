#pragma once

#include <cstdint>
#include <optional>

#include "edge/integer_graph.h"

namespace nibble::edge {

/// An addition of codes in float that gives the codes of an integer one, in wide registers.
class FloatAdd {
 public:
  /// None where the processor lacks those registers, for two lines, or if a code differs: every pair of codes
  /// up to the inputs' highest is tried.
  static std::optional<FloatAdd> equal_to(const IntegerAdd& add, int top1, int top2);

  /// Codes of q1 + q2, n each.
  void operator()(const std::uint8_t* q1, const std::uint8_t* q2, long n, std::uint8_t* codes) const;

 private:
  explicit FloatAdd(const IntegerAdd& add);

  float gain1_, gain2_, addend_;
  int lo_, hi_;
};

}  // namespace nibble::edge
