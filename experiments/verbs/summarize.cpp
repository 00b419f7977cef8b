#include "experiments/results/summarize.h"

#include <iostream>

#include "experiments/verbs/arguments.h"

namespace nibble {

int summarize_verb(const Words& words) {
  const std::string directory = only_argument(read_command_line({}, words), "summarize");
  summarize(directory, std::cout);
  return kSuccess;
}

}  // namespace nibble
