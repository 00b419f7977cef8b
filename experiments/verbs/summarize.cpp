#include "experiments/results/summarize.h"

#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int summarize_verb(const Words& words) {
  std::string group;
  SummaryOptions how{.columns = output_columns()};
  bool json = false, markdown = false, latex = false;
  Options options;
  options.add(
      "group", group,
      "Keys of the config, separated by commas, such as run.seed: runs that differ in nothing else "
      "become one row, with mean, standard deviation, the 95 % interval of the mean (Student's t) and "
      "number n. Also writes summary_groups.csv.");
  options.add("sort", how.sort,
              "A column of summary.csv: rows in its order, of figures the best first, instead of by name.");
  options.add_switch("json", json, "Print all columns as JSON.");
  options.add_switch("markdown", markdown, "Print the table in Markdown.");
  options.add_switch("latex", latex, "Print the table for LaTeX, with the rules of booktabs.");
  const CommandLine line = apply_words(options, words, "summarize");
  const std::string directory = only_argument(line, "summarize");
  ExperimentConfig config;
  Options keys;
  describe(keys, config);
  for (const std::string& key : split(group, ',')) keys.check_known(key, "summarize: --group");
  if (json + markdown + latex > 1)
    usage_error("summarize: found two of --json, --markdown and --latex, expected one of them");
  how.group = split(group, ',');
  if (json) how.form = SummaryForm::json;
  if (markdown) how.form = SummaryForm::markdown;
  if (latex) how.form = SummaryForm::latex;
  summarize(directory, std::cout, how);
  return kSuccess;
}

}  // namespace nibble
