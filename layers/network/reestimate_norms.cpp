#include "layers/network/reestimate_norms.h"

#include <algorithm>

namespace nibble {
namespace {

// A norm that holds the statistics of the last batch alone while this lives, and their sums.
class Estimate {
 public:
  explicit Estimate(BatchNorm& norm)
      : norm_(norm),
        momentum_(std::exchange(norm.options.momentum, 1)),
        mean_(norm.running_mean.shape()),
        variance_(norm.running_variance.shape()) {
    // What they held may be no number, of which momentum 1 takes 0 times.
    norm.running_mean.mutable_value().fill(0);
    norm.running_variance.mutable_value().fill(1);
  }

  void add() {
    for (long c = 0; c < mean_.size(); ++c) {
      mean_[c] += static_cast<double>(norm_.running_mean.value()[c]);
      variance_[c] += static_cast<double>(norm_.running_variance.value()[c]);
    }
  }

  void finish(long batches) {
    norm_.options.momentum = momentum_;
    for (long c = 0; c < mean_.size(); ++c) {
      norm_.running_mean.mutable_value()[c] = static_cast<Real>(mean_[c] / static_cast<double>(batches));
      norm_.running_variance.mutable_value()[c] =
          static_cast<Real>(variance_[c] / static_cast<double>(batches));
    }
  }

 private:
  BatchNorm& norm_;
  double momentum_;
  Array<double> mean_, variance_;  // sums over batches
};

}  // namespace

bool has_norms_to_estimate(const Network& network) {
  return std::any_of(network.nodes().begin(), network.nodes().end(), [](const NetworkNode& node) {
    const auto* norm = std::get_if<BatchNorm>(&node.layer);
    return norm != nullptr && !norm->frozen;
  });
}

void reestimate_norms(Network& network, long batches, const std::function<Tensor()>& next, const Rng& rng) {
  check(batches > 0, "norms: found ", batches, " batches, expected at least 1");
  std::vector<Estimate> estimates;
  for (NetworkNode& node : network.nodes()) {
    if (auto* norm = std::get_if<BatchNorm>(&node.layer); norm != nullptr && !norm->frozen)
      estimates.emplace_back(*norm);
  }
  const NoGradient only_forward;
  for (long i = 0; i < batches; ++i) {
    Rng of_batch = rng.stream(static_cast<std::uint64_t>(i));
    Pass pass{.training = true};
    pass.rng = &of_batch;
    network.forward_outputs(next(), pass);
    for (Estimate& estimate : estimates) estimate.add();
  }
  for (Estimate& estimate : estimates) estimate.finish(batches);
}

}  // namespace nibble
