// The configs of configs/coco/, which need pictures and weights that nobody can ship.

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "experiments/config/config.h"
#include "layers/network/quantize.h"

namespace nibble::coco_configs_test {

TEST_CASE("configs_for_coco_fine_tune_published_detectors_to_4_bits_with_darknet_s_augmentation") {
  std::set<std::string> kinds;
  for (const auto& entry : std::filesystem::directory_iterator(NIBBLE_SOURCE_DIR "/configs/coco")) {
    const std::string file = entry.path().filename().string();
    INFO(file);
    ExperimentConfig config;
    REQUIRE_NOTHROW(config = read_config(entry.path().string()));
    CHECK(config.dataset.kind == "coco");
    CHECK(config.dataset.image_size == 416);
    CHECK(config.dataset.mean == std::vector<float>{0, 0, 0});
    CHECK(config.train.batch * config.train.accumulate == 64);
    CHECK(config.train.momentum == 0.949);
    CHECK(config.train.weight_decay == 5e-4);
    CHECK(config.train.crop == Cropping::own);  // jittered, for pictures with boxes
    CHECK(config.train.mosaic == 0.5);
    CHECK(config.quant.weight_bits == 4);
    CHECK(config.quant.activation_bits == 4);
    CHECK(config.quant.first_and_last_bits == 8);
    if (file == "w4a4.ini") continue;  // what they share
    kinds.insert(config.model.kind);
    CHECK(file == config.model.kind + "_w4a4.ini");
    CHECK(config.run.name == "coco_" + config.model.kind + "_w4a4");
    CHECK(config.start_from == "weights/" + config.model.kind + ".weights");
    Network network = build_model(config.model, {416, 416, 3}, 80, Rng(1));
    for (const int side : config.train.input_sizes) CHECK_NOTHROW(network.shapes_at({side, side, 3}));
    CHECK_NOTHROW(quantize(network, config.quant));
  }
  CHECK(kinds == std::set<std::string>{"yolov4", "yolov4-tiny"});
}

}  // namespace nibble::coco_configs_test
