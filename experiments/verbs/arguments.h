#pragma once

#include <optional>
#include <string>

#include "experiments/config/command_line.h"
#include "experiments/config/config.h"
#include "experiments/verbs/verbs.h"

namespace nibble {

/// Leaves a verb, as a UsageError does, whose words ask for help.
struct HelpAsked {
  std::string options;      // of the verb, explained; empty where it has none
  bool takes_keys = false;  // --section.key too
};
/// "--help", "-h"
bool asks_for_help(const std::string& word);

/// What a verb says when it is asked for help.
HelpAsked options_of(const Verb& verb);

/// The words of a verb by its options. Throws HelpAsked, and UsageError for words that do not belong there.
CommandLine read_words(const Options& options, const Words& words, const std::string& verb);

/// The same, and the options get their values.
CommandLine apply_words(Options& options, const Words& words, const std::string& verb);

/// The one argument of a verb. Throws UsageError, with how the verb is called, if there are none or several.
std::string only_argument(const CommandLine& line, const std::string& verb);

/// Reads `CONFIG [--switch ...] [--section.key value ...]`: `options` binds the verb's switches and all of
/// `config`, which is filled from the file and then from the command line, and checked. Returns the path of
/// the file.
std::string read_configured(Options& options, ExperimentConfig& config, const Words& words,
                            const std::string& verb);

/// What a verb that takes RUN|CONFIG was given: a run's directory, or a config that was read.
struct RunOrConfig {
  std::string path;
  std::optional<ExperimentConfig> config;
};

/// Reads the words of such a verb; `options` binds its switches. A config is a file, or one that is built in;
/// words behind `file_options` ("--answers") are files of another kind.
RunOrConfig read_run_or_config(Options& options, const Words& words, const std::string& verb,
                               const std::vector<std::string>& file_options);

}  // namespace nibble
