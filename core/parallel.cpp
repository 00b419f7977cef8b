#include "core/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>

namespace nibble {

OneThread::OneThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
OneThread::~OneThread() { omp_set_num_threads(before_); }

std::vector<Range> cut(long n, long pieces) {
  pieces = std::clamp<long>(pieces, 1, std::max<long>(n, 1));
  std::vector<Range> ranges;
  for (long i = 0; i < pieces; ++i) ranges.push_back({n * i / pieces, n * (i + 1) / pieces});
  return ranges;
}

namespace {

// The pieces of one thread: neighbours, the same ones in every layer. So a thread reads what it wrote itself
// in the layer before, which is still in its cache. A thread that has finished its own share takes pieces
// from the others.
struct alignas(64) Share {
  std::atomic<long> next{0};
  long end = 0;
};

}  // namespace

void parallel_for(long n, const std::function<void(long)>& body) {
  if (n <= 1 || omp_in_parallel() || omp_get_max_threads() == 1) {
    const OneThread guard;  // a single piece runs on one thread, and so do its library calls
    for (long i = 0; i < n; ++i) body(i);
    return;
  }
  std::exception_ptr failure;  // an exception may not leave an OpenMP region
  std::mutex mutex;
  const long count = omp_get_max_threads();
  std::vector<Share> shares(static_cast<std::size_t>(count));
  for (long k = 0; k < count; ++k) {
    shares[static_cast<std::size_t>(k)].next = n * k / count;
    shares[static_cast<std::size_t>(k)].end = n * (k + 1) / count;
  }
#pragma omp parallel
  {
    const long me = omp_get_thread_num();  // OpenMP may give fewer threads than shares
    for (long k = 0; k < count; ++k) {
      Share& share = shares[static_cast<std::size_t>((me + k) % count)];
      for (long i; (i = share.next.fetch_add(1, std::memory_order_relaxed)) < share.end;) {
        try {
          body(i);
        } catch (...) {
          const std::lock_guard lock(mutex);
          if (!failure) failure = std::current_exception();
        }
      }
    }
  }
  if (failure) std::rethrow_exception(failure);
}

void parallel_chunks(long n, long grain, const std::function<void(Range)>& body) {
  const std::vector<Range> ranges = cut(n, (n + grain - 1) / grain);
  parallel_for(static_cast<long>(ranges.size()), [&](long i) { body(ranges[static_cast<std::size_t>(i)]); });
}

void set_threads(int n) { omp_set_num_threads(n < 1 ? omp_get_num_procs() : n); }

int threads() { return omp_get_max_threads(); }

}  // namespace nibble
