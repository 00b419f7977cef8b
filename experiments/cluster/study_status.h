#pragma once

#include <ostream>
#include <string>

#include "experiments/launch/sweep.h"

namespace nibble {

/// The state of each selected run, from its directory, the queue and the accounting: finished with its
/// figure, running with its epoch and the time that is left, waiting with the reason, stopped where it only
/// has to be sent again, failed with a sentence: the run's own, or what Slurm says and the last line of the
/// log. Returns how many have failed. Throws Error where the queue cannot be asked.
long print_study(const Sweep& sweep, const std::string& sweep_file, const std::vector<std::size_t>& selected,
                 std::ostream& out);

/// "epoch 3/10, ETA 12 s": from the last line of log.txt; empty before the first epoch.
std::string progress_of(const std::string& log_line, int epochs);

}  // namespace nibble
