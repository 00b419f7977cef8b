// Configs and what they include: part i of the input is the file "i.ini".
#include "experiments/config/config.h"
#include "experiments/results/config_text.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

namespace nibble::fuzz {
namespace {

constexpr std::size_t kMostFiles = 4;
constexpr std::size_t kEachRound = 4;  // of so many inputs, one goes there and back, which takes longer

void read_configs(std::string_view bytes) {
  const std::vector<std::string> texts = parts(bytes);
  for (std::size_t i = 0; i < kMostFiles; ++i) {
    const auto path = folder() / (std::to_string(i) + ".ini");
    if (i < texts.size())
      write_file(path, texts[i]);
    else
      std::filesystem::remove(path);
  }
  parse_config(texts.front());
  const ExperimentConfig config = read_config((folder() / "0.ini").string());
  if (bytes.size() % kEachRound != 0) return;
  const std::string resolved = print_config(config);
  require(complete_config(resolved) == resolved, "a resolved config reads back as another one:\n" + resolved);
  require(config_differences(resolved, resolved).empty(), "a config differs from itself:\n" + resolved);
}

const Registered config("config", &read_configs);

}  // namespace
}  // namespace nibble::fuzz
