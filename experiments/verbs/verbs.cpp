#include "experiments/verbs/verbs.h"

namespace nibble {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all{
      {"demo", "[--out DIR]", "Float net, 4-bit net, integers, C: the whole road in a few minutes.",
       demo_verb},
      {"train", "CONFIG [--force | --estimate | --profile]",
       "Train, or go on with an interrupted run; or estimate it, or profile some steps.", train_verb},
      {"calibrate", "CONFIG [--force]", "Quantize from data, without training.", calibrate_verb},
      {"evaluate", "RUN|CONFIG [--answers FILE] [--classes FILE] [--per-class]",
       "Accuracy or perplexity of a run on its test split, or of weights that a config starts from.",
       evaluate_verb},
      {"detect", "RUN|CONFIG PICTURE...",
       "Find objects in pictures: each with its boxes drawn, and all in detections.json.", detect_verb},
      {"compare", "A B",
       "Two runs, or two files of evaluate --answers or --detections: which is better on the same images, "
       "and whether by chance.",
       compare_verb},
      {"generate", "RUN [--prompt TEXT] [--integer]", "Let a language model go on with a text.",
       generate_verb},
      {"export", "RUN --out DIR [--name NAME]",
       "Write the network of a run as integer C, or its weights for darknet.", export_verb},
      {"verify", "RUN [--images N]", "Compare reference, fast evaluator and emitted C bit for bit.",
       verify_verb},
      {"inspect", "CONFIG|RUN|--machine", "Table of the nodes: shapes, parameters, MACs, bits, bytes.",
       inspect_verb},
      {"codes", "RUN [--weights]", "How a run's quantizers use their codes: scales, shifts, histograms.",
       codes_verb},
      {"sensitivity", "RUN|CONFIG [--budget BITS] [--plot FILE] [--csv FILE]",
       "Where bits matter: what one layer's weights or input at few bits do to the outputs.",
       sensitivity_verb},
      {"sweep", "SWEEP.ini [--list] [--dry-run] [--jobs N] [--slurm ACTION]",
       "Train all combinations of listed values, in stages, here or on a cluster.", sweep_verb},
      {"summarize", "DIR [--group KEY] [--sort COLUMN] [--json | ...]", "One row a run, and DIR/summary.csv.",
       summarize_verb},
      {"merge", "DIR --to STUDY.h5", "All runs below DIR as one HDF5 file, which refers to theirs.",
       merge_verb},
      {"report", "RUN|DIR [--out FILE] [--watch]",
       "One HTML page that shows a run, or compares all runs of a directory.", report_verb},
      {"data", "list | fetch NAME | pack DIR --to FILE | check CONFIG | show CONFIG",
       "Data sets: those there are, download one, put pictures into one file, decode all, show a few.",
       data_verb},
      {"config", "CONFIG", "Print the resolved config: every key with its value.", config_verb},
      {"help", "[VERB|SECTION|KEY]", "Explain a verb, the keys of a section, or a key.", help_verb},
  };
  return all;
}

}  // namespace nibble
