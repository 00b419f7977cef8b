#include <fmt/format.h>
#include <filesystem>
#include <iostream>

#include "core/files/file_lock.h"
#include "datasets/datasets.h"
#include "datasets/fetch/fetch.h"
#include "experiments/config/config_file.h"
#include "experiments/process/signals.h"
#include "experiments/process/terminal.h"
#include "experiments/verbs/arguments.h"
#include "experiments/verbs/data_pictures.h"

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
      std::cerr << fmt::format("\r{:.1f} of {:.1f} MB ", megabytes(done), megabytes(total)) << std::flush;
    return !stop_requested();
  });
  if (terminal.interactive) std::cerr << "\n";
  std::cout << name << " is in " << directory << "\n";
}

}  // namespace

int data_verb(const Words& words) {
  std::string mirror, to;
  PackSettings settings;
  long images = 32;
  ExperimentConfig config;
  Options options;
  options.add(
      "to", to,
      "fetch: directory of the files; empty: data/NAME. pack: the file to make. show: the PNG file; empty: "
      "NAME_pictures.png.");
  options.add("mirror", mirror,
              "fetch: address of a folder that holds the same files, instead of the official one.");
  options.add(
      "side", settings.side,
      "pack: scale pictures whose shorter side is longer to so many pixels; 0: keep the files as they are.",
      at_least(0));
  options.add("quality", settings.quality, "pack: quality of the JPEGs that were scaled.", within(1, 100));
  options.add("images", images, "show: how many training images.", within(1, 1024));
  describe(options, config);
  const CommandLine line = read_words(options, words, "data");
  const std::vector<std::string>& arguments = line.arguments;
  const std::string verb = arguments.empty() ? "" : arguments[0];
  if (verb == "list" && arguments.size() == 1) {
    options.apply(line.settings);
    list_data();
    return kSuccess;
  }
  if (arguments.size() != 2 || (verb != "fetch" && verb != "pack" && verb != "check" && verb != "show")) {
    std::vector<std::string> names;
    for (const PublishedData& data : published_data()) names.push_back(data.name);
    usage_error("data: found '", join(arguments, " "),
                "', expected list, pack DIR, check CONFIG, show CONFIG, or fetch and one of ", join(names));
  }
  if (verb == "fetch" || verb == "pack") {
    config.dataset.kind = "folder";
    config.dataset.path = arguments[1];
    options.apply(line.settings);
    settings.to = to;
    if (verb == "pack") return pack_data(config.dataset, settings);
    fetch_data(arguments[1], to.empty() ? "data/" + arguments[1] : to, mirror);
    return kSuccess;
  }
  options.apply(merge(read_config_file(options, arguments[1]), line.settings));
  validate(config, arguments[1]);
  return verb == "check" ? check_data(config.dataset) : show_data(config, images, to);
}

}  // namespace nibble
