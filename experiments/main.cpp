// nibble VERB ...: finds the verb, and turns what it throws into one sentence and an exit code.

#include <filesystem>
#include <iostream>
#include <new>

#include "core/suggest.h"
#include "experiments/mpi/mpi_job.h"
#include "experiments/process/exit_codes.h"
#include "experiments/process/machine.h"
#include "experiments/process/spinning.h"
#include "experiments/verbs/arguments.h"
#include "experiments/verbs/verbs.h"

namespace nibble {

namespace {

int run(const Verb& verb, const Words& words) {
  try {
    // The processes of a job train together, or share the runs of a sweep.
    const std::string name = verb.name;
    if (name != "train" && name != "sweep" && name != "help") expect_one_process(name);
    return verb.run(words);
  } catch (const HelpAsked&) {
    return help_verb({verb.name});
  }
}

int run(Words words) {
  if (words.empty() || asks_for_help(words.front())) return help_verb({});
  if (words.front() == "--version") {
    std::cout << "nibble " << version() << ", revision " << revision() << "\n";
    return kSuccess;
  }
  const std::string name = words.front();
  words.erase(words.begin());
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) {
    if (name == verb.name) return run(verb, words);
    names.emplace_back(verb.name);
  }
  usage_error("unknown verb '", name, "'", did_you_mean(name, names), "; 'nibble help' lists them");
}

int report(const std::exception& error, int exit_code) {
  std::cerr << "nibble: " << error.what() << std::endl;
  return exit_code;
}

}  // namespace

}  // namespace nibble

// `main`, but in the parts of nibble-portable (cmake/portable.cmake).
#ifndef NIBBLE_MAIN
#define NIBBLE_MAIN main
#else
extern "C" int NIBBLE_MAIN(int count, char** words);
#endif

int NIBBLE_MAIN(int count, char** words) {
  using namespace nibble;
  restart_with_short_spins(words);
  try {
    const int code = run(Words(words + 1, words + count));
    std::cout.flush();
    check(std::cout.good(), "standard output cannot be written; is the disk full?");
    return code;
  } catch (const UsageError& error) {
    return report(error, kUsage);
  } catch (const BusyError& error) {
    return report(error, kBusy);
  } catch (const std::bad_alloc&) {
    return report(Error("the memory does not suffice; a smaller batch or data set needs less"), kFailure);
  } catch (const std::filesystem::filesystem_error& error) {
    return report(Error(str(error.path1().string(), ": ", error.code().message())), kFailure);
  } catch (const std::exception& error) {
    return report(error, kFailure);
  }
}
