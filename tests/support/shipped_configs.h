#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "experiments/config/config.h"

namespace nibble {

/// Reads each config of configs/DATASET/, which need pictures and weights that nobody can ship, and shows it
/// to `look`. Those of a net are named after its kind, as their runs and the weights that they start from
/// are: KIND_w4a4.ini, DATASET_KIND_w4a4, weights/KIND with `weights` behind it. Returns the kinds; w4a4.ini
/// is what they share.
inline std::set<std::string> read_shipped_configs(
    const std::string& dataset, const std::string& weights,
    const std::function<void(const ExperimentConfig&, bool is_shared)>& look) {
  std::set<std::string> kinds;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(NIBBLE_SOURCE_DIR "/configs/") + dataset)) {
    const std::string file = entry.path().filename().string();
    INFO(file);
    ExperimentConfig config;
    REQUIRE_NOTHROW(config = read_config(entry.path().string()));
    CHECK(config.dataset.kind == dataset);
    const bool is_shared = file == "w4a4.ini";
    look(config, is_shared);
    if (is_shared) continue;
    const std::string& kind = config.model.kind;
    kinds.insert(kind);
    CHECK(file == kind + "_w4a4.ini");
    CHECK(config.run.name == dataset + "_" + kind + "_w4a4");
    CHECK(config.start_from == "weights/" + kind + weights);
  }
  return kinds;
}

}  // namespace nibble
