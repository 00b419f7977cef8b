// Configs and what they include: part i of the input is the file "i.ini".
#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/files/atomic_file.h"
#include "experiments/config/config.h"
#include "experiments/config/config_file.h"
#include "experiments/results/config_text.h"
#include "tests/fuzz/target.h"

namespace nibble::fuzz {
namespace {

constexpr std::size_t kMostFiles = 4;
constexpr std::size_t kEachRound = 4;  // of so many inputs, one goes there and back, which takes longer

// read_config with keys that are bound once: describing all of them takes longer than reading a small file.
void read_one(const std::string& path) {
  static const ExperimentConfig fresh;
  static ExperimentConfig config;
  static const std::unique_ptr<Options> options = [] {
    auto bound = std::make_unique<Options>();
    describe(*bound, config);
    return bound;
  }();
  config = fresh;
  options->apply(read_config_file(*options, path));
  validate(config, path);
}

void read_configs(std::string_view bytes) {
  const std::vector<std::string> texts = parts(bytes);
  static std::size_t files = kMostFiles;  // of the input before
  for (std::size_t i = 0; i < std::min(std::max(files, texts.size()), kMostFiles); ++i) {
    const auto path = folder() / (std::to_string(i) + ".ini");
    if (i < texts.size())
      write_bytes(path, texts[i]);
    else
      std::filesystem::remove(path);
  }
  files = texts.size();
  parse_config(texts.front());
  const std::string path = (folder() / "0.ini").string();
  read_one(path);
  if (bytes.size() % kEachRound != 0) return;
  const std::string resolved = print_config(read_config(path));
  require(complete_config(resolved) == resolved, "a resolved config reads back as another one:\n" + resolved);
  require(config_differences(resolved, resolved).empty(), "a config differs from itself:\n" + resolved);
}

const Registered config("config", &read_configs);

}  // namespace
}  // namespace nibble::fuzz
