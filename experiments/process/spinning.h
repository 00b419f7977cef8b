#pragma once

namespace nibble {

/// OpenMP's threads wait for the next parallel loop, or for the slowest of their kind, by spinning, and gcc's
/// spin for about a millisecond. Where other processes want the same cores, the spinning keeps those from the
/// very thread that it waits for: on two busy cores (load 9) a training step took 28 times as long as with a
/// short spin. gcc's library reads its settings before main, so the program starts itself once more with
/// GOMP_SPINCOUNT set; a user's own GOMP_SPINCOUNT or OMP_WAIT_POLICY stays. Returns if there is nothing to
/// change. words: those of main.
void restart_with_short_spins(char** words);

}  // namespace nibble
