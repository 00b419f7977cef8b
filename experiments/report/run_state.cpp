#include "experiments/report/run_state.h"

#include "core/files/file_lock.h"
#include "experiments/results/run_directory.h"

namespace nibble::report {

std::string state_of(const std::string& directory) {
  const RunDirectory run(directory);
  if (FileLock::holder(run.lock())) return "running";
  const RunState state = run.state();
  return state == RunState::absent ? "" : name(state);
}

}  // namespace nibble::report
