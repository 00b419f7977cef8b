#include "experiments/process/spinning.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace nibble {

void restart_with_short_spins(char** words) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  // A few microseconds; what gcc itself takes where it knows of more threads than cores.
  setenv("GOMP_SPINCOUNT", "1000", 1);
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  execv(program.c_str(), words);  // by its own name, which process lists show
  // Without /proc the program is only slower than it could be, so it goes on as it is.
}

}  // namespace nibble
