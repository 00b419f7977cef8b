#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/noncopyable.h"
#include "core/parts/ranks.h"

namespace nibble {

/// The processes that mpirun, or srun --mpi=pmix, has started with this one. The library of MPI is looked for
/// when it is needed, beside the program (libnibble_mpi.so), which itself does not need it.
class MpiJob : NonCopyable {
 public:
  /// null where this process was started alone, or as the only one of its job. Throws Error where it was not
  /// and libnibble_mpi.so is missing or cannot be loaded.
  static std::unique_ptr<MpiJob> join();
  /// Ends the whole job, unless finish() was called before. To be called after the reason was told.
  virtual ~MpiJob() = default;

  virtual Ranks& ranks() = 0;
  /// Of the processes on this machine, which share its processors.
  virtual int processes_here() const = 0;
  /// Waits until all processes are here, and ends well.
  virtual void finish() = 0;
  /// What mpirun is to end with where this process ends the job.
  virtual void end_with(int exit_code) = 0;
};

/// How long a process of several waits for the first one to tell what is wrong, and to end the job.
inline constexpr std::chrono::seconds kFirstSpeaks{5};

/// Throws UsageError where this is one of several processes of a job: each would do, and write, the same.
void expect_one_process(const std::string& verb);

/// Lets the processes that this one starts be no part of its job: those of a sweep, several of which may
/// share the work of one study.
void start_others_alone();

}  // namespace nibble
