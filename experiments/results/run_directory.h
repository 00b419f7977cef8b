#pragma once

#include <string>

#include "core/files/file_lock.h"
#include "core/noncopyable.h"
#include "experiments/config/config.h"

namespace nibble {

/// What a directory holds of a run.
enum class RunState {
  absent,       // nothing that was measured
  failed,       // its last process ended with an error
  interrupted,  // a checkpoint, from which it can go on
  finished
};
/// "not started", "failed", "interrupted", "finished".
const char* name(RunState state);

/// What filled a directory: a training, or quantizers that were initialized from data only.
enum class RunKind { training, calibration };
/// "training", "calibration".
const char* name(RunKind kind);

/// The right to write into a run's directory, which one process at a time has. When it ends, a directory in
/// which nothing was written is removed again.
class RunClaim : NonCopyable {
 public:
  /// Makes the directory where it is missing. Throws BusyError if another process has the claim.
  explicit RunClaim(const std::string& directory);
  ~RunClaim();

 private:
  std::string directory_;
  std::optional<FileLock> lock_;
};

/// Where a run lives, <output>/<name>:
///   config.ini           the resolved config
///   run.h5               what was measured, rewritten whole at every checkpoint
///   log.txt              one line an epoch
///   checkpoint/last.h5   what is needed to go on
///   checkpoint/first.h5  of a calibration that reconstructs: the network before, with its first scales
///   DONE                 written last; the final figure, top-1 or perplexity, and below it the kind of the
///   run FAILED               instead, if the run ended with an error: the sentence; removed when it starts
///   again lock                 while a process works on the run: its host and number
///   (core/files/file_lock.h)
class RunDirectory {
 public:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string config() const { return path_ + "/config.ini"; }
  std::string record() const { return path_ + "/run.h5"; }
  std::string log() const { return path_ + "/log.txt"; }
  std::string checkpoint() const { return path_ + "/checkpoint/last.h5"; }
  std::string first_checkpoint() const { return path_ + "/checkpoint/first.h5"; }
  std::string done() const { return path_ + "/DONE"; }
  std::string failed() const { return path_ + "/FAILED"; }
  std::string lock() const { return path_ + "/lock"; }

  RunState state() const;
  bool finished() const { return state() == RunState::finished; }
  bool has_checkpoint() const;
  /// "92.7", the first line of DONE; and what the second line says.
  std::string final_figure() const;
  RunKind finished_kind() const;

  /// "train.epochs (40 there, 20 here)": how a finished or interrupted run that is there differs from this
  /// config; empty where it does not, and where there is nothing to lose. Settings that cannot change a
  /// result (threads, checkpoint intervals) may differ.
  std::string differences(const ExperimentConfig& config) const;
  /// Refuses, as a UsageError that names the first keys that differ, to run this config where another one's
  /// run is. `force` allows it. Changes nothing.
  void admit(const ExperimentConfig& config, bool force) const;
  /// Readies the directory for a run that admit() let in. A finished run's files are removed by `force`; an
  /// interrupted run's stay, so that it resumes.
  void prepare(const ExperimentConfig& config, bool force) const;
  void mark_done(const std::string& figure, RunKind kind) const;
  /// Leaves a finished run as it is.
  void mark_failed(const std::string& sentence) const;
  void append_log(const std::string& line) const;

 private:
  std::string path_;
};

/// <config.run.output>/<config.run.name>
RunDirectory run_directory(const ExperimentConfig& config);

}  // namespace nibble
