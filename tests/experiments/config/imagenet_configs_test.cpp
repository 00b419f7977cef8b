// The configs of configs/imagenet/, which need pictures and weights that nobody can ship.

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "experiments/config/config.h"
#include "layers/network/quantize.h"

namespace nibble::imagenet_configs_test {

TEST_CASE("configs_for_imagenet_fine_tune_published_nets_to_4_bits_as_LSQ_did") {
  std::set<std::string> kinds;
  for (const auto& entry : std::filesystem::directory_iterator(NIBBLE_SOURCE_DIR "/configs/imagenet")) {
    const std::string file = entry.path().filename().string();
    INFO(file);
    ExperimentConfig config;
    REQUIRE_NOTHROW(config = read_config(entry.path().string()));
    CHECK(config.dataset.kind == "imagenet");
    CHECK(config.train.epochs == 90);
    CHECK(config.train.batch * config.train.accumulate == 256);
    CHECK(config.train.learning_rate == 0.01);
    CHECK(config.train.schedule == ScheduleKind::cosine);
    CHECK(config.train.crop == Cropping::own);  // resized, for pictures from files
    CHECK(config.train.augment);
    if (file == "w4a4.ini") continue;  // what they share
    kinds.insert(config.model.kind);
    CHECK(file == config.model.kind + "_w4a4.ini");
    CHECK(config.run.name == "imagenet_" + config.model.kind + "_w4a4");
    CHECK(config.start_from == "weights/" + config.model.kind + ".safetensors");
    const bool depthwise = config.model.kind == "mobilenet_v2" || config.model.kind == "efficientnet_b0";
    CHECK(config.train.weight_decay == (depthwise ? 2.5e-5 : 1e-4));
    Network network =
        build_model(config.model, {config.dataset.image_size, config.dataset.image_size, 3}, 1000, Rng(1));
    CHECK_NOTHROW(quantize(network, config.quant));
  }
  CHECK(kinds ==
        std::set<std::string>{"efficientnet_b0", "mobilenet_v2", "resnet18", "resnet34", "resnet50"});
}

}  // namespace nibble::imagenet_configs_test
