#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace nibble {

enum class SummaryForm { text, json, markdown, latex };

struct SummaryOptions {
  std::vector<std::string> group = {};  // keys of the config: runs that differ only in them are one row
  // Of the terminal, on which what all runs have in common stands in a sentence above them; 0: none.
  int columns = 0;
  std::string sort = {};  // a column of the files: summary_sort.h
  SummaryForm form =
      SummaryForm::text;  // of what is printed; json: {"tables": {KIND: [row, ...]}, "skipped": [...]}
};

struct Summary {
  int runs = 0;                      // that were read
  std::vector<std::string> files;    // that were written
  std::vector<std::string> skipped;  // one sentence for each run.h5 that could not be read
};

/// Finds every run.h5 in a directory and below, prints one row a run, sorted by name, and writes
/// DIRECTORY/summary.csv with the columns of experiments/results/summary_columns.h:
///   images  run, model, activation, method, weight_bits, activation_bits, seed, epochs, float_top1,
///           quantized_top1, integer_top1, config, revision, dataset, directory, varying keys
///   text    run, model, method, weight_bits, activation_bits, scope, seed, epochs, float_ppl, quantized_ppl,
///           integer_ppl, config, revision, dataset, directory, varying keys
/// (RFC 4180; empty where not measured). The directory is relative to DIRECTORY. Varying keys are those of
/// the config in which the runs of a table differ, as "train.learning_rate". Bits are "4/8" where
/// quant.override gives some layers other bits. Runs of each kind of task make a table of their own, in the
/// order of the kinds' names. The first table is summary.csv; another one's file is
/// DIRECTORY/summary_KIND.csv, such as summary_text.csv. The columns are those of the first run's metrics.
/// Unreadable files are listed below the tables, not in them.
///
/// With `group`, prints the rows of summary_groups.h instead, and writes them to summary_groups.csv, those of
/// another table to summary_KIND_groups.csv, beside the files above.
/// Throws Error if no run can be read, UsageError for `sort` that is no column; both write nothing.
Summary summarize(const std::string& directory, std::ostream& out, const SummaryOptions& options = {});

}  // namespace nibble
