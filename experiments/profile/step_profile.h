#pragma once

#include <string>
#include <vector>

#include "layers/network/step_cost.h"

namespace nibble {

// Where the time of a training step goes: what StepProfiler measures, and what tables, JSON and pictures
// show.

/// One direction of one row.
struct PassProfile {
  double seconds = 0;
  // Of these, what the weight's quantizer took; 0 in rows without weights.
  double quantizer_seconds = 0;
  PassCost cost;
};

/// What totals are summed by.
enum class ProfileKind {
  convolution,
  depthwise_convolution,
  linear,
  recurrent,          // LSTMs and GRUs, all their steps
  embedding,          // look-ups in a table
  weight_quantizers,  // taken out of those above
  chain,              // norms, activations and sums, walked in one sweep or one by one
  quantizing_chain,   // the same with quantizers of activations among them
  quantizers,         // of activations, walked by themselves
  other_layers,       // pooling, products, moves
  loss,
  optimizer,
  data_wait,
  rest,  // counting correct answers, the schedule, the loop itself
};
const char* name(ProfileKind kind);

/// A node of the network, or several that are computed as one.
struct ProfileRow {
  std::string node;    // the name of the first
  std::string layers;  // "batch_norm+relu+quantizer"
  ProfileKind kind = ProfileKind::other_layers;
  PassProfile forward, backward;
};

/// Times are medians over the profiled steps, each cell by itself, so that their sum is near step_seconds but
/// not equal to it.
struct StepProfile {
  std::string model, method;    // "resnet20", "learned_scale_shift" or "none"
  long batch = 0;               // rows of a step: images, or words (sequences · steps)
  std::string unit = "images";  // of them, or "tokens"
  int threads = 0, steps = 0;
  double step_seconds = 0;
  std::vector<ProfileRow> rows;  // in the network's order
  PassProfile loss_forward, loss_backward, optimizer, data_wait, rest;
  // Of core/buffer_pool.h: the most that arrays held at once, and what they reached over.
  double peak_bytes = 0, reach_bytes = 0;

  double seconds() const;  // the sum of all
};

struct ProfileTotal {
  ProfileKind kind;
  double seconds = 0, bytes = 0, operations = 0;
};
/// One a kind that occurs, in the order of ProfileKind.
std::vector<ProfileTotal> totals(const StepProfile& profile);

/// The share of the step (0 to 1) that fake quantization takes. A chain computes norm, activation and
/// quantizers in one sweep over memory, so that its quantizers' part cannot be told from outside: what is
/// surely quantization (weights, and activations walked by themselves) and, with all of every quantizing
/// chain, what it is at most.
struct QuantizationShare {
  double at_least = 0, at_most = 0;
};
QuantizationShare quantization_share(const StepProfile& profile);

}  // namespace nibble
