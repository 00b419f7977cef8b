#pragma once

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "core/suggest.h"
#include "experiments/config/command_line.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/signals.h"
#include "experiments/process/spinning.h"
#include "experiments/process/terminal.h"

namespace nibble::bench {

/// What the options are, thrown where words ask for it; run_program prints it.
struct OptionsAsked {
  std::string explained;
};

/// Sets options from the words of a command line that holds only options. Throws UsageError, and OptionsAsked
/// where one of the words is --help.
inline void apply_words(Options& options, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), "--help") != words.end())
    throw OptionsAsked{options.explain("", text_columns())};
  const CommandLine line = read_command_line(options, words);
  if (!line.arguments.empty()) usage_error("found '", join(line.arguments, " "), "', expected options only");
  options.apply(line.settings);
}

/// Runs the work of a program of this folder: with short spins, as in `nibble`, and with signals handled. An
/// exception becomes one sentence and an exit code. work: the words of the command line → exit code.
template <typename Work>
int run_program(const char* name, int count, char** words, const Work& work) {
  restart_with_short_spins(words);
  try {
    const SignalWatch signals;
    return work(std::vector<std::string>(words + 1, words + count));
  } catch (const OptionsAsked& asked) {
    std::cout << "Options of " << name << "\n" << asked.explained;
    return kSuccess;
  } catch (const UsageError& error) {
    std::cerr << name << ": " << error.what() << std::endl;
    return kUsage;
  } catch (const std::exception& error) {
    std::cerr << name << ": " << error.what() << std::endl;
    return kFailure;
  }
}

}  // namespace nibble::bench
