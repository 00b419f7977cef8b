// Element-wise kernels, sums over channels, pooling, the products of linear layers.

#include "bench/kernels/benches.h"
#include "core/kernels/matrix/matmul.h"
#include "core/kernels/pointwise/activation.h"
#include "core/kernels/pointwise/channel_stats.h"
#include "core/kernels/pointwise/elementwise.h"
#include "core/kernels/pointwise/pool.h"
#include "core/parallel.h"

namespace nibble::bench {

namespace {

// Adds the benchmark of a function without arguments, which `prepare` makes when the benchmark begins.
template <typename Prepare>
void add(const std::string& name, const PassCost& cost, const MachinePeaks& peaks, const Prepare& prepare) {
  add_benchmark(name, [=, &peaks](benchmark::State& state) {
    auto work = prepare();
    measure(state, cost, peaks, [&] { work(); });
  });
}

double bytes(const Shape& shape) { return static_cast<double>(shape.count()) * sizeof(Real); }
double count(const Shape& shape) { return static_cast<double>(shape.count()); }

// On the shapes of the norms of a net, which are the shapes of its convolutions' outputs.
void add_channelwise(const std::string& name, const Shape& x, const MachinePeaks& peaks) {
  const Shape channels{x.back()};
  add("channel_moments/" + name, {bytes(x), 3 * count(x), Products::none}, peaks,
      [x] { return [a = random_tensor(x)] { benchmark::DoNotOptimize(kernels::channel_moments(a)); }; });
  add("channel_sums/" + name, {2 * bytes(x), 4 * count(x), Products::none}, peaks, [x, channels] {
    return [a = random_tensor(x), b = random_tensor(x), c = random_tensor(channels)] {
      benchmark::DoNotOptimize(kernels::channel_sums(a, b, c));
    };
  });
  add("combine_channels/" + name, {3 * bytes(x), 4 * count(x), Products::none}, peaks, [x, channels] {
    return [a = random_tensor(x), b = random_tensor(x), c = random_tensor(channels)] {
      benchmark::DoNotOptimize(kernels::combine_channels(a, c, b, c, c));
    };
  });
  add("scale_channels/" + name, {2 * bytes(x), 2 * count(x), Products::none}, peaks, [x, channels] {
    return [a = random_tensor(x), c = random_tensor(channels)] {
      benchmark::DoNotOptimize(kernels::scale_channels(a, c, c));
    };
  });
  add("sum/" + name, {3 * bytes(x), count(x), Products::none}, peaks, [x] {
    return [a = random_tensor(x), b = random_tensor(x)] { benchmark::DoNotOptimize(kernels::sum(a, b)); };
  });
  add("accumulate/" + name, {3 * bytes(x), count(x), Products::none}, peaks,
      [x] { return [a = random_tensor(x), b = random_tensor(x)]() mutable { kernels::accumulate(a, b); }; });
  add("sum_rows/" + name, {bytes(x), count(x), Products::none}, peaks,
      [x] { return [a = random_tensor(x)] { benchmark::DoNotOptimize(kernels::sum_rows(a)); }; });
}

// On blocks in the first-level cache, as chains call them: only arithmetic is measured.
void add_activations(const MachinePeaks& peaks) {
  constexpr long kBlockElements = 512, kBlocks = 2000;
  struct Kind {
    const char* name;
    ActivationKind kind;
  };
  for (const Kind& k : {Kind{"relu", ActivationKind::relu},
                        {"relu6", ActivationKind::relu6},
                        {"sigmoid", ActivationKind::sigmoid},
                        {"swish", ActivationKind::swish},
                        {"hard_swish", ActivationKind::hard_swish},
                        {"mish", ActivationKind::mish}}) {
    const double n = static_cast<double>(threads() * kBlocks * kBlockElements);
    add(str("activate/", k.name), {2 * sizeof(Real) * n, n, Products::none}, peaks, [kind = k.kind] {
      return [kind, x = random_tensor({kBlockElements})] {
        parallel_for(threads(), [&](long) {
          Real y[kBlockElements];
          for (long i = 0; i < kBlocks; ++i) {
            kernels::activate(kind, 0, x.data(), y, kBlockElements);
            benchmark::ClobberMemory();
          }
        });
      };
    });
    add(str("activate_gradient/", k.name), {3 * sizeof(Real) * n, 2 * n, Products::none}, peaks,
        [kind = k.kind] {
          return [kind, x = random_tensor({kBlockElements})] {
            parallel_for(threads(), [&](long) {
              Real dx[kBlockElements];
              for (long i = 0; i < kBlocks; ++i) {
                kernels::activate_gradient(kind, 0, x.data(), x.data(), dx, kBlockElements);
                benchmark::ClobberMemory();
              }
            });
          };
        });
  }
}

void add_linear(const std::string& name, long batch, const Shape& w, const MachinePeaks& peaks) {
  const Shape x{batch, w[1]}, y{batch, w[0]};
  const PassCost cost{bytes(x) + bytes(w) + bytes(y), 2 * static_cast<double>(batch * w.count()),
                      Products::float32};
  add("matmul_nt/" + name, cost, peaks, [=] {
    return
        [a = random_tensor(x), b = random_tensor(w)] { benchmark::DoNotOptimize(kernels::matmul_nt(a, b)); };
  });
  add("matmul_nn/" + name, cost, peaks, [=] {
    return
        [a = random_tensor(y), b = random_tensor(w)] { benchmark::DoNotOptimize(kernels::matmul_nn(a, b)); };
  });
  add("matmul_tn/" + name, cost, peaks, [=] {
    return
        [a = random_tensor(y), b = random_tensor(x)] { benchmark::DoNotOptimize(kernels::matmul_tn(a, b)); };
  });
}

void add_pools(const std::string& name, const Shape& x, const Layer& layer, const MachinePeaks& peaks) {
  if (const auto* pool = std::get_if<Pool>(&layer); pool && pool->options.kind == PoolKind::max) {
    const kernels::PoolGeometry geometry{pool->options.kernel, pool->options.stride, pool->options.padding,
                                         pool->options.extra};
    const Shape y = kernels::pool_output_shape(x, geometry, "bench");
    const double window = geometry.kernel.h * geometry.kernel.w;
    // The place of the winner is an int for each result.
    add("max_pool_forward/" + name, {bytes(x) + 2 * bytes(y), window * count(y), Products::none}, peaks, [=] {
      return [geometry, a = random_tensor(x)] {
        benchmark::DoNotOptimize(kernels::max_pool_forward(a, geometry));
      };
    });
    add("max_pool_gradient/" + name, {2 * bytes(y) + bytes(x), count(y), Products::none}, peaks, [=] {
      return
          [x, dy = random_tensor(y), winner = kernels::max_pool_forward(random_tensor(x), geometry).winner] {
            benchmark::DoNotOptimize(kernels::max_pool_gradient(dy, winner, x));
          };
    });
  }
  if (std::holds_alternative<GlobalPool>(layer)) {
    const Shape y{x[0], x.back()};
    add("global_average_forward/" + name, {bytes(x) + bytes(y), count(x), Products::none}, peaks, [=] {
      return [a = random_tensor(x)] { benchmark::DoNotOptimize(kernels::global_average_forward(a)); };
    });
    add("global_average_gradient/" + name, {bytes(x) + bytes(y), 0, Products::none}, peaks, [=] {
      return [x, dy = random_tensor(y)] {
        benchmark::DoNotOptimize(kernels::global_average_gradient(dy, x).whole());
      };
    });
  }
}

}  // namespace

void add_others(const std::vector<NetShapes>& nets, const MachinePeaks& peaks) {
  add_activations(peaks);
  for (const NetShapes& net : nets) {
    Seen seen;
    for (const NetworkNode& node : net.real.nodes()) {
      if (node.inputs.empty()) continue;
      const Shape& in = net.real.shape(node.inputs[0]);
      if (!seen.first(str(kind(node.layer), in, node.shape))) continue;
      const std::string name = net.name + "/" + node.name;
      if (const auto* linear = std::get_if<Linear>(&node.layer))
        add_linear(name, net.batch, linear->weight.shape(), peaks);
      if (in.rank() != 3) continue;
      const Shape x{net.batch, in[0], in[1], in[2]};
      if (std::holds_alternative<BatchNorm>(node.layer)) add_channelwise(name, x, peaks);
      add_pools(name, x, node.layer, peaks);
    }
  }
}

}  // namespace nibble::bench
