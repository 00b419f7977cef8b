#include "experiments/profile/step_profile.h"

#include <iterator>
#include <map>

namespace nibble {

// In the order of ProfileKind.
const char* name(ProfileKind kind) {
  static constexpr const char* names[] = {
      "convolutions",              // convolution
      "depthwise convolutions",    // depthwise_convolution
      "linear layers",             // linear
      "recurrent layers",          // recurrent
      "embeddings",                // embedding
      "weight quantizers",         // weight_quantizers
      "norms, activations, sums",  // chain
      "chains with quantizers",    // quantizing_chain
      "quantizers by themselves",  // quantizers
      "other layers",              // other_layers
      "loss",                      // loss
      "optimizer",                 // optimizer
      "waiting for data",          // data_wait
      "rest",                      // rest
  };
  static_assert(std::size(names) == static_cast<std::size_t>(ProfileKind::rest) + 1);
  return names[static_cast<std::size_t>(kind)];
}

double StepProfile::seconds() const {
  double sum = 0;
  for (const ProfileTotal& total : totals(*this)) sum += total.seconds;
  return sum;
}

std::vector<ProfileTotal> totals(const StepProfile& profile) {
  std::map<ProfileKind, ProfileTotal> sums;
  const auto add = [&](ProfileKind kind, double seconds, const PassCost& cost) {
    ProfileTotal& total = sums[kind];
    total.kind = kind;
    total.seconds += seconds;
    total.bytes += cost.bytes;
    total.operations += cost.operations;
  };
  for (const ProfileRow& row : profile.rows) {
    for (const PassProfile& pass : {row.forward, row.backward}) {
      add(row.kind, pass.seconds - pass.quantizer_seconds, pass.cost);
      if (pass.quantizer_seconds > 0) add(ProfileKind::weight_quantizers, pass.quantizer_seconds, {});
    }
  }
  add(ProfileKind::loss, profile.loss_forward.seconds + profile.loss_backward.seconds, {});
  add(ProfileKind::optimizer, profile.optimizer.seconds, profile.optimizer.cost);
  add(ProfileKind::data_wait, profile.data_wait.seconds, {});
  add(ProfileKind::rest, profile.rest.seconds, {});
  std::vector<ProfileTotal> result;
  for (const auto& [kind, total] : sums) result.push_back(total);
  return result;
}

QuantizationShare quantization_share(const StepProfile& profile) {
  double sure = 0, chains = 0;
  for (const ProfileTotal& total : totals(profile)) {
    if (total.kind == ProfileKind::weight_quantizers || total.kind == ProfileKind::quantizers)
      sure += total.seconds;
    if (total.kind == ProfileKind::quantizing_chain) chains += total.seconds;
  }
  const double all = profile.seconds();
  if (all == 0) return {};
  return {sure / all, (sure + chains) / all};
}

}  // namespace nibble
