#include <algorithm>
#include <iomanip>
#include <iostream>

#include "datasets/datasets.h"
#include "experiments/verbs/arguments.h"
#include "layers/models/models.h"

namespace nibble {

namespace {

void print_overview(const Options& options) {
  std::cout << "Nibble trains small neural networks and turns them into 4-bit integer C.\n\n";
  for (const Verb& verb : verbs())
    std::cout << "  nibble " << std::left << std::setw(48) << str(verb.name, " ", verb.arguments) << " "
              << verb.summary << "\n";
  std::cout << "\nAny key of a config can be given on the command line: --train.epochs 3\n"
            << "'nibble help SECTION' explains the keys of [" << join(options.sections(), "], [") << "].\n"
            << "Exit codes: 0 success, 1 failure or mismatch, 2 command line or config, 75 interrupted at a "
               "checkpoint.\n";
}

void print_kinds(const std::string& section) {
  if (section == "model") {
    std::cout << "\nmodel.kind:\n";
    for (const ModelKind& kind : model_kinds())
      std::cout << "  " << std::left << std::setw(15) << kind.kind << " " << kind.description << "\n";
  }
  if (section == "dataset") {
    std::cout << "\ndataset.kind:\n";
    for (const DatasetKind& kind : dataset_kinds())
      std::cout << "  " << std::left << std::setw(15) << kind.name << " " << kind.description << "\n";
  }
}

}  // namespace

int help_verb(const Words& words) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  if (words.empty()) {
    print_overview(options);
    return kSuccess;
  }
  const std::string& topic = words.front();
  const std::vector<std::string> sections = options.sections();
  const bool is_section = std::find(sections.begin(), sections.end(), topic) != sections.end();
  const auto verb =
      std::find_if(verbs().begin(), verbs().end(), [&](const Verb& v) { return topic == v.name; });
  if (!is_section && verb == verbs().end()) {
    std::vector<std::string> topics = sections;
    for (const Verb& v : verbs()) topics.emplace_back(v.name);
    usage_error("help: unknown topic '", topic, "'", did_you_mean(topic, topics));
  }
  if (verb != verbs().end())
    std::cout << "nibble " << verb->name << " " << verb->arguments << "\n  " << verb->summary << "\n";
  if (is_section) {
    std::cout << (verb == verbs().end() ? "" : "\n") << "[" << topic << "]\n" << options.explain(topic);
    print_kinds(topic);
  }
  return kSuccess;
}

}  // namespace nibble
