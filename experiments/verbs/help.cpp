#include <algorithm>
#include <iostream>

#include "datasets/datasets.h"
#include "experiments/launch/sweep_file.h"
#include "experiments/process/terminal.h"
#include "experiments/verbs/arguments.h"
#include "layers/models/models.h"

namespace nibble {

namespace {

constexpr const char* kIncludeTopic = "include";

void print_wrapped(const std::string& text, const std::string& indent = "") {
  std::cout << wrap(text, text_columns(), indent);
}

// "  train      Train, or go on with an interrupted run", the second column wrapped.
void print_entries(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::cout << explained(entries, text_columns(), "  ");
}

void print_overview(const Options& options) {
  print_wrapped("Nibble trains small neural networks and turns them into 4-bit integer C.");
  std::cout << "\nnibble VERB ...\n";
  std::vector<std::pair<std::string, std::string>> entries;
  for (const Verb& verb : verbs()) entries.emplace_back(verb.name, verb.summary);
  print_entries(entries);
  std::cout << "\nnibble help ...\n";
  print_entries({
      {"VERB", "how a verb is called, and its options; so does VERB --help"},
      {"SECTION", "the keys of a section of configs: " + join(options.sections())},
      {"KEY", "one key, with or without its section: train.epochs, epochs"},
      {kIncludeTopic, "how a config begins with another one"},
      {"sweep", "the syntax of sweep files too"},
  });
  std::cout << "\n";
  print_wrapped("Any key of a config can be given on the command line: --train.epochs 3");
  print_wrapped(
      "nibble --version says which program this is. In a clone, './nibble test' runs all tests and "
      "'./nibble bench' measures speed ('./nibble bench --help').");
  print_wrapped(
      "Exit codes: 0 success, 1 failure or mismatch, 2 command line or config, 75 interrupted at a "
      "checkpoint.");
}

void print_include() {
  std::cout << "include = BASE.ini\n";
  print_wrapped(
      "Stands in a config before its first [section]. The settings of BASE.ini come first, those of "
      "the file itself win over them, and those of the command line over both. The path is relative "
      "to the file that includes. BASE.ini may include another one. builtin:demo_float.ini names a "
      "config that the program carries inside. 'nibble config CONFIG' shows what comes of it.",
      "  ");
}

void print_sweep_syntax() {
  std::cout << "\n[sweep]\n" << explain_sweep(text_columns());
  print_wrapped("A sweep file is a config with this section. Its other settings win over those of the base:");
  std::cout << "  [sweep]\n"
               "  config = base.ini\n"
               "  grid = train.learning_rate: 0.1, 0.01\n"
               "  grid = run.seed: 1..3\n"
               "  name = lr{train.learning_rate}_seed{run.seed}\n"
               "  [train]\n"
               "  epochs = 10\n";
  print_wrapped(
      "These are 6 runs, lr0.1_seed1 to lr0.01_seed3. 'nibble summarize runs --group run.seed' then "
      "shows mean and standard deviation over the seeds.");
  print_wrapped(
      "Instead of [sweep] a file may have stages. What stands in front of the first one is common to all, "
      "and what "
      "stands below one belongs to it. A run of a stage with a parent starts from a run of that stage:");
  std::cout << "  [stage float]\n"
               "  config = float.ini\n"
               "  grid = run.seed: 1..3\n"
               "  [stage low]\n"
               "  config = w4a4.ini\n"
               "  parent = float\n"
               "  zip = quant.weight_bits: 2..4 | quant.activation_bits: 2..4\n";
  std::cout << "\n[cluster]\n" << explain_cluster(text_columns());
  print_wrapped("What a job of --slurm asks for; in front of the stages, or in one.");
}

void print_verb(const Verb& verb) {
  std::cout << "nibble " << verb.name << " " << verb.arguments << "\n";
  print_wrapped(verb.summary, "  ");
  const HelpAsked asked = options_of(verb);
  if (!asked.options.empty()) std::cout << "\nOptions\n" << asked.options;
  if (asked.takes_keys) {
    std::cout << "\n";
    print_wrapped("Takes every key of a config too: --train.epochs 3. 'nibble help' lists the sections.");
  }
  if (verb.name == std::string("sweep")) print_sweep_syntax();
}

void print_kinds(const std::string& section) {
  std::vector<std::pair<std::string, std::string>> kinds;
  if (section == "model")
    for (const ModelKind& kind : model_kinds()) kinds.emplace_back(kind.kind, kind.description);
  if (section == "dataset")
    for (const DatasetKind& kind : dataset_kinds()) kinds.emplace_back(kind.name, kind.description);
  if (kinds.empty()) return;
  std::cout << "\n" << section << ".kind:\n";
  print_entries(kinds);
}

[[noreturn]] void refuse_topic(const std::string& topic, const Options& options) {
  std::vector<std::string> topics = options.sections();
  for (const Verb& verb : verbs()) topics.emplace_back(verb.name);
  topics.emplace_back(kIncludeTopic);
  for (const Options::Option& option : options.all()) {
    topics.push_back(option.key);
    topics.push_back(name_of(option.key));
  }
  usage_error("help: unknown topic '", topic, "'", did_you_mean(topic, topics));
}

}  // namespace

int help_verb(const Words& words) {
  ExperimentConfig config;
  Options options;
  describe(options, config);
  const std::vector<std::string> topics = read_words({}, words, "help").arguments;
  if (topics.empty()) {
    print_overview(options);
    return kSuccess;
  }
  if (topics.size() > 1)
    usage_error("help: found '", join(topics, " "), "', expected one verb, section or key");
  const std::string& topic = topics.front();
  const std::vector<std::string> sections = options.sections();
  const bool is_section = std::find(sections.begin(), sections.end(), topic) != sections.end();
  const auto verb =
      std::find_if(verbs().begin(), verbs().end(), [&](const Verb& v) { return topic == v.name; });
  const bool is_verb = verb != verbs().end();
  if (is_verb) print_verb(*verb);
  if (is_section) {
    std::cout << (is_verb ? "\n" : "") << "[" << topic << "]\n" << options.explain(topic, text_columns());
    print_kinds(topic);
  }
  if (is_verb || is_section) return kSuccess;
  const std::string keys = options.explain_key(topic, text_columns());
  if (topic == kIncludeTopic)
    print_include();
  else if (keys.empty())
    refuse_topic(topic, options);
  std::cout << keys;
  return kSuccess;
}

}  // namespace nibble
