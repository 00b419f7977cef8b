#pragma once

#include <functional>
#include <vector>

#include "core/noncopyable.h"

namespace nibble {

// Results depend on the seed, never on the number of threads: work is cut into pieces whose number and
// borders follow from the size alone, each piece is computed by one thread, and partial results are combined
// in order. Pieces are handed out dynamically, so a busy neighbour delays a step by one piece, not by a half.

struct Range {
  long begin = 0;
  long end = 0;
  long size() const { return end - begin; }
};

/// Cuts 0 ≤ i < n into at most `pieces` ranges of nearly equal size (fewer if n is smaller).
std::vector<Range> cut(long n, long pieces);

/// The number of pieces a batch is cut into (architecture.md, "Threads").
inline constexpr long kBatchPieces = 8;

/// Calls body(i) for 0 ≤ i < n, each i on one thread, in any order. A call from inside a body runs serially.
/// The first exception of a body is rethrown.
void parallel_for(long n, const std::function<void(long)>& body);

/// Element-wise work: calls body(range) for ranges of about `grain` elements covering 0 ≤ i < n.
void parallel_chunks(long n, long grain, const std::function<void(Range)>& body);

/// Elements for which one chunk of element-wise work stays within the L2 cache.
inline constexpr long kElementGrain = 32768;

/// Threads that parallel_for may use; n < 1 means all that the process may run on.
void set_threads(int n);
int threads();

/// While one lives, this thread and the libraries it calls run serially.
class OneThread : NonCopyable {
 public:
  OneThread();
  ~OneThread();

 private:
  int before_;
};

}  // namespace nibble
