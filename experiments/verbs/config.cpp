#include "experiments/config/config.h"

#include <iostream>

#include "experiments/verbs/arguments.h"

namespace nibble {

int config_verb(const Words& words) {
  ExperimentConfig config;
  Options options;
  read_configured(options, config, words, "config");
  std::cout << print_config(config);
  return kSuccess;
}

}  // namespace nibble
