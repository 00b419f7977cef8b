#include <iostream>

#include "experiments/process/terminal.h"
#include "experiments/results/merge_runs.h"
#include "experiments/verbs/arguments.h"

namespace nibble {

int merge_verb(const Words& words) {
  std::string study;
  MergeOptions how;
  Options options;
  options.add("to", study,
              "The HDF5 file to write; it says where the runs are relative to its own directory.");
  options.add_switch("everything", how.everything,
                     "Quantizers, and curves of classes too: many datasets, and a large file.");
  const CommandLine line = apply_words(options, words, "merge");
  const std::string directory = only_argument(line, "merge");
  if (study.empty()) usage_error("merge: found no --to, expected --to FILE.h5");
  const Merged merged = merge_runs(directory, study, how);
  std::cout << study << ": " << merged.runs << " runs of " << merged.shortest
            << (merged.shortest == merged.longest ? "" : " to " + std::to_string(merged.longest))
            << " epochs, " << merged.datasets << " series\n";
  for (const std::string& path : merged.different)
    std::cout << "left out: " << path << ", which has other extents in some runs\n";
  for (const std::string& sentence : merged.skipped) std::cout << "skipped: " << sentence << '\n';
  return kSuccess;
}

}  // namespace nibble
