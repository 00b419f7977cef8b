#pragma once

#include <string>
#include <vector>

namespace nibble {

/// What stands behind the verb on the command line.
using Words = std::vector<std::string>;

/// A verb of the program. Each returns an exit code and throws Error, UsageError for what the user should
/// have written differently, HelpAsked (arguments.h) before it does anything where its words hold --help.
struct Verb {
  const char* name;
  const char* arguments;  // "CONFIG [--force]"
  const char* summary;    // one line
  int (*run)(const Words& words);
};

/// All of them, in the order in which help lists them.
const std::vector<Verb>& verbs();

int demo_verb(const Words& words);
int train_verb(const Words& words);
int calibrate_verb(const Words& words);
int evaluate_verb(const Words& words);
int detect_verb(const Words& words);
int compare_verb(const Words& words);
int generate_verb(const Words& words);
int export_verb(const Words& words);
int verify_verb(const Words& words);
int inspect_verb(const Words& words);
int codes_verb(const Words& words);
int sensitivity_verb(const Words& words);
int sweep_verb(const Words& words);
int summarize_verb(const Words& words);
int merge_verb(const Words& words);
int report_verb(const Words& words);
int data_verb(const Words& words);
int config_verb(const Words& words);
int help_verb(const Words& words);

}  // namespace nibble
