#pragma once

#include <string>

#include "experiments/config/config.h"

namespace nibble {

/// Where a run lives, <output>/<name>:
///   config.ini           the resolved config
///   run.h5               what was measured, rewritten whole at every checkpoint
///   log.txt              one line an epoch
///   checkpoint/last.h5   what is needed to go on
///   DONE                 written last; its text is the final figure, top-1 or perplexity
///   FAILED               instead, if the run ended with an error: the sentence; removed when it starts again
class RunDirectory {
 public:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string config() const { return path_ + "/config.ini"; }
  std::string record() const { return path_ + "/run.h5"; }
  std::string log() const { return path_ + "/log.txt"; }
  std::string checkpoint() const { return path_ + "/checkpoint/last.h5"; }
  std::string done() const { return path_ + "/DONE"; }
  std::string failed() const { return path_ + "/FAILED"; }

  bool finished() const;
  bool has_checkpoint() const;

  /// Readies the directory for a run of this config. A finished run is refused without `force` (which removes
  /// its files); an interrupted one of the same config is kept, so that it resumes; one of another config is
  /// refused, naming the first keys that differ. Refusals are UsageErrors. Settings that cannot change a
  /// result (threads, checkpoint intervals) may differ.
  void prepare(const ExperimentConfig& config, bool force) const;
  void mark_done(const std::string& text) const;
  /// Leaves a finished run as it is.
  void mark_failed(const std::string& sentence) const;
  void append_log(const std::string& line) const;

 private:
  std::string path_;
};

/// <config.run.output>/<config.run.name>
RunDirectory run_directory(const ExperimentConfig& config);

}  // namespace nibble
