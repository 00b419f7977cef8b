#include <catch2/catch.hpp>

#include "layers/network/quantize.h"
#include "tests/support/shipped_configs.h"

namespace nibble::imagenet_configs_test {

TEST_CASE("configs_for_imagenet_fine_tune_published_nets_to_4_bits_as_LSQ_did") {
  const auto kinds =
      read_shipped_configs("imagenet", ".safetensors", [](const ExperimentConfig& config, bool is_shared) {
        CHECK(config.train.epochs == 90);
        CHECK(config.train.batch * config.train.accumulate == 256);
        CHECK(config.train.learning_rate == 0.01);
        CHECK(config.train.schedule == ScheduleKind::cosine);
        CHECK(config.train.crop == Cropping::own);  // resized, for pictures from files
        CHECK(config.train.augment);
        if (is_shared) return;
        const std::string& kind = config.model.kind;
        const bool depthwise = kind == "mobilenet_v2" || kind == "efficientnet_b0";
        CHECK(config.train.weight_decay == (depthwise ? 2.5e-5 : 1e-4));
        const int side = config.dataset.image_size;
        Network network = build_model(config.model, {side, side, 3}, 1000, Rng(1));
        CHECK_NOTHROW(quantize(network, config.quant));
      });
  CHECK(kinds ==
        std::set<std::string>{"efficientnet_b0", "mobilenet_v2", "resnet18", "resnet34", "resnet50"});
}

}  // namespace nibble::imagenet_configs_test
