#include "experiments/profile/step_profile.h"

#include <map>

namespace nibble {

const char* name(ProfileKind kind) {
  switch (kind) {
    case ProfileKind::convolution:
      return "convolutions";
    case ProfileKind::depthwise_convolution:
      return "depthwise convolutions";
    case ProfileKind::linear:
      return "linear layers";
    case ProfileKind::recurrent:
      return "recurrent layers";
    case ProfileKind::embedding:
      return "embeddings";
    case ProfileKind::weight_quantizers:
      return "weight quantizers";
    case ProfileKind::chain:
      return "norms, activations, sums";
    case ProfileKind::quantizing_chain:
      return "chains with quantizers";
    case ProfileKind::quantizers:
      return "quantizers by themselves";
    case ProfileKind::other_layers:
      return "other layers";
    case ProfileKind::loss:
      return "loss";
    case ProfileKind::optimizer:
      return "optimizer";
    case ProfileKind::data_wait:
      return "waiting for data";
    case ProfileKind::rest:
      return "rest";
  }
  return "";
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
