#include "experiments/spinning.h"

#include <unistd.h>

#include <cstdlib>

namespace nibble {

void restart_with_short_spins(char** words) {
  if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  // A few microseconds; what gcc itself takes where it knows of more threads than cores.
  setenv("GOMP_SPINCOUNT", "1000", 1);
  execv("/proc/self/exe", words);
  // Without /proc the program is only slower than it could be, so it goes on as it is.
}

}  // namespace nibble
