#pragma once

#include <string>

#include "experiments/config/command_line.h"
#include "experiments/config/config.h"
#include "experiments/verbs/verbs.h"

namespace nibble {

/// The one argument of a verb. Throws UsageError, with how the verb is called, if there are none or several.
std::string only_argument(const CommandLine& line, const std::string& verb);

/// Reads `CONFIG [--switch ...] [--section.key value ...]`: `options` binds the verb's switches and all of
/// `config`, which is filled from the file and then from the command line, and checked. Returns the path of
/// the file.
std::string read_configured(Options& options, ExperimentConfig& config, const Words& words,
                            const std::string& verb);

}  // namespace nibble
