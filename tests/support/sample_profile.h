#pragma once

#include "experiments/profile/step_profile.h"

namespace nibble {

/// 100 ms: 50 of convolutions (10 of them quantizing weights), 30 of a chain with quantizers, 5 of a
/// quantizer, the rest one by one.
inline StepProfile sample_profile() {
  StepProfile profile;
  profile.model = "net", profile.method = "lsq";
  profile.batch = 8, profile.threads = 2, profile.steps = 3, profile.step_seconds = 0.101;
  profile.rows = {
      {"conv",
       "conv2d",
       ProfileKind::convolution,
       {0.02, 0.004, {1e6, 2e9, Products::int8}},
       {0.03, 0.006, {3e6, 4e9, Products::bfloat16}}},
      {"bn",
       "batch_norm+relu+quantizer",
       ProfileKind::quantizing_chain,
       {0.01, 0, {5e6, 1e6, Products::none}},
       {0.02, 0, {6e6, 2e6, Products::none}}},
      {"pool/quant", "quantizer", ProfileKind::quantizers, {0.002, 0, {}}, {0.003, 0, {}}},
  };
  profile.loss_forward.seconds = 0.001;
  profile.loss_backward.seconds = 0.002;
  profile.optimizer = {0.01, 0, {4e6, 5e6, Products::none}};
  profile.data_wait.seconds = 0.0005;
  profile.rest.seconds = 0.0015;
  return profile;
}

}  // namespace nibble
