#pragma once

#include <string>

namespace nibble::report {

/// "running" while a process works on a run, else what its directory says: "finished", "failed",
/// "interrupted". Empty where neither a mark nor a checkpoint is there, as where only run.h5 was kept.
std::string state_of(const std::string& directory);

}  // namespace nibble::report
