#pragma once

#include <string>
#include <vector>

#include "experiments/config/options.h"

namespace nibble {

struct CommandLine {
  std::vector<std::string> arguments;  // words that belong to no option
  std::vector<Setting> settings;
};

/// `--train.epochs 3`, `--train.epochs=3`, and switches such as `--force`.
CommandLine read_command_line(const Options& options, const std::vector<std::string>& words);

}  // namespace nibble
