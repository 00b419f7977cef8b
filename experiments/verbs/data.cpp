#include <filesystem>
#include <iomanip>
#include <iostream>

#include "core/files/file_lock.h"
#include "datasets/datasets.h"
#include "datasets/fetch/fetch.h"
#include "experiments/process/signals.h"
#include "experiments/process/terminal.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

namespace {

void list_data() {
  std::vector<std::pair<std::string, std::string>> kinds;
  for (const DatasetKind& kind : dataset_kinds()) kinds.emplace_back(kind.name, kind.description);
  std::cout << explained(kinds, output_columns());
}

double megabytes(long bytes) { return static_cast<double>(bytes) / 1e6; }

void fetch_data(const std::string& name, const std::string& directory, const std::string& mirror) {
  const Terminal terminal = describe_terminal();
  std::filesystem::create_directories(directory);
  const auto lock = FileLock::take(directory + "/lock");
  if (const auto* holder = std::get_if<LockHolder>(&lock))
    throw BusyError(str(directory, ": is being filled by ", describe(*holder)));
  const SignalWatch signals;
  fetch(name, directory, mirror, [&](long done, long total) {
    if (terminal.interactive)
      std::cerr << str("\r", std::fixed, std::setprecision(1), megabytes(done), " of ", megabytes(total),
                       " MB ")
                << std::flush;
    return !stop_requested();
  });
  if (terminal.interactive) std::cerr << "\n";
  std::cout << name << " is in " << directory << "\n";
}

}  // namespace

int data_verb(const Words& words) {
  std::string mirror, directory;
  Options options;
  options.add("mirror", mirror,
              "Address of a folder that holds the same files, instead of the official one.");
  options.add("to", directory, "Directory of the files; empty: data/NAME.");
  const CommandLine line = read_words(options, words, "data");
  options.apply(line.settings);
  const std::vector<std::string>& arguments = line.arguments;
  if (arguments == std::vector<std::string>{"list"}) {
    list_data();
    return kSuccess;
  }
  if (arguments.size() != 2 || arguments[0] != "fetch") {
    std::vector<std::string> names;
    for (const PublishedData& data : published_data()) names.push_back(data.name);
    usage_error("data: found '", join(arguments, " "), "', expected list, or fetch and one of ", join(names));
  }
  fetch_data(arguments[1], directory.empty() ? "data/" + arguments[1] : directory, mirror);
  return kSuccess;
}

}  // namespace nibble
