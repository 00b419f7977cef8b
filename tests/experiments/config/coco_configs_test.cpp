#include <catch2/catch.hpp>

#include "layers/network/quantize.h"
#include "tests/support/shipped_configs.h"

namespace nibble::coco_configs_test {

TEST_CASE("configs_for_coco_fine_tune_published_detectors_to_4_bits_with_darknet_s_augmentation") {
  const auto kinds =
      read_shipped_configs("coco", ".weights", [](const ExperimentConfig& config, bool is_shared) {
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
        if (is_shared) return;
        Network network = build_model(config.model, {416, 416, 3}, 80, Rng(1));
        for (const int side : config.train.input_sizes) CHECK_NOTHROW(network.shapes_at({side, side, 3}));
        CHECK_NOTHROW(quantize(network, config.quant));
      });
  CHECK(kinds == std::set<std::string>{"yolov4", "yolov4-tiny"});
}

}  // namespace nibble::coco_configs_test
