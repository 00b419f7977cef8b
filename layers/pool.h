#pragma once

#include <span>

#include "core/random.h"
#include "layers/signal.h"

namespace nibble {

enum class PoolKind { max, average };

struct PoolOptions {
  PoolKind kind = PoolKind::max;
  Size2 kernel{2, 2}, stride{2, 2}, padding{0, 0};
  Size2 extra{0, 0};  // more padding at the end only
};

/// Maximum or mean over windows. Padded positions never win the maximum and are not counted in the mean.
struct Pool {
  using Options = PoolOptions;
  PoolOptions options;
  Pool(const PoolOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  const char* kind() const { return keeps_grid() ? "max_pool" : "average_pool"; }
  bool keeps_grid() const { return options.kind == PoolKind::max; }
};

struct GlobalPoolOptions {};

/// Mean over height and width: [H, W, C] → [C].
struct GlobalPool {
  using Options = GlobalPoolOptions;
  GlobalPool(const GlobalPoolOptions&, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "global_pool"; }
};

struct UpsampleOptions {
  int factor = 2;
};

/// Every pixel repeated factor × factor times (nearest neighbour).
struct Upsample {
  using Options = UpsampleOptions;
  UpsampleOptions options;
  Upsample(const UpsampleOptions& options, std::span<const Shape> inputs, Rng rng);
  Shape output_shape(std::span<const Shape> inputs) const;
  Signal forward(std::span<const Signal> inputs, const Pass&) const;
  void parameters(const ParameterFn&) {}
  static const char* kind() { return "upsample"; }
  static bool keeps_grid() { return true; }
};

}  // namespace nibble
