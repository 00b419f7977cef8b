#include "bench/bench_nets.h"

#include <catch2/catch.hpp>

#include "experiments/process/exit_codes.h"
#include "layers/models/models.h"

namespace nibble::bench::bench_nets_test {

TEST_CASE("bench_nets_are_models_and_found_by_name") {
  for (const BenchNet& net : bench_nets()) {
    INFO(net.name);
    const Shape sample = net.reads_text() ? Shape{1} : Shape{net.side, net.side, 3};
    CHECK_NOTHROW(build_model({.kind = net.name}, sample, net.classes, Rng(1)));
    CHECK(find_net(net.name).batch == net.batch);
  }
  CHECK_THROWS_AS(find_net("resnet21"), UsageError);
  CHECK_THROWS_WITH(find_net("resnet21"), Catch::Contains("did you mean 'resnet20'?"));
}

TEST_CASE("bench_network_is_float_or_quantized_with_its_quantizers_initialized") {
  BenchNet net = find_net("resnet20");
  net.batch = 4;
  const std::unique_ptr<Task> images = bench_task(net);
  const auto quantizers = [&](const std::string& mode) {
    const Network network = bench_network(net, mode, *images);
    long count = 0;
    for (const NetworkNode& node : network.nodes()) {
      const auto* const found = std::get_if<ActivationQuantizer>(&node.layer);
      if (!found) continue;
      CHECK(initialized(found->quantizer));
      ++count;
    }
    return count;
  };
  CHECK(quantizers("float") == 0);
  CHECK(quantizers("w4a4") > 0);
}

}  // namespace nibble::bench::bench_nets_test
