#include "experiments/reconstruct/tune_network.h"

#include <algorithm>
#include <cmath>

#include "autograd/ops/loss.h"
#include "experiments/reconstruct/joined_outputs.h"
#include "experiments/reconstruct/small_steps.h"

namespace nibble {
namespace {

// Weights and their grids are decided. A backward pass that leaves them out takes a third less.
void keep_weights(Network& network) {
  network.parameters([](const std::string& name, ParameterKind kind, Var& value) {
    if (kind == ParameterKind::weight || name.find("weight_quantizer/") != std::string::npos)
      value.stop_learning();
  });
}

}  // namespace

bool tune_network(Network& network, const MappedRows& pictures, const MappedRows& scores,
                  const ReconstructConfig& config, const Rng& rng,
                  const std::function<bool(long step)>& keep_on) {
  keep_weights(network);
  Optimizer optimizer(adam(1, 1), small_parameters(network));
  const long batch = std::min<long>(config.batch, pictures.rows());
  for (long i = 0; i < config.net_iterations; ++i) {
    if (!keep_on(i)) return false;
    const std::vector<long> numbers =
        draw_rows(pictures.rows(), batch, rng.stream(static_cast<std::uint64_t>(i)));
    const Var said = joined_outputs(network, pictures.read(numbers), Pass{});
    const Var loss = said.shape().rank() == 2 ? divergence(said, scores.read(numbers))
                                              : squared_error(said, scores.read(numbers));
    check(std::isfinite(loss.value()[0]), "found loss ", loss.value()[0], " at step ", i,
          ", expected a finite one; a lower reconstruct.net_learning_rate may help");
    backward(loss);
    optimizer.step(config.net_learning_rate * falling(i, config.net_iterations));
    network.parameters([](const std::string&, ParameterKind, Var& value) { value.clear_gradient(); });
  }
  return true;
}

}  // namespace nibble
