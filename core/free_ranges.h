#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace nibble {

/// Which parts of a region are free: the bookkeeping of an allocator, without the memory. Best fit, ties to
/// the lowest address; neighbours that are free become one. A training step asks for the same sizes in the
/// same order again and again, and best fit then ends in nearly the same places.
class FreeRanges {
 public:
  explicit FreeRanges(std::size_t size) { insert(0, size); }

  /// Offset of `bytes` > 0 bytes that were free; nothing where no range is long enough.
  std::optional<std::size_t> take(std::size_t bytes);

  /// Gives back what `take` returned.
  void give(std::size_t offset, std::size_t bytes);

  /// Offset → length, ascending.
  const std::map<std::size_t, std::size_t>& ranges() const { return by_offset_; }

 private:
  void insert(std::size_t offset, std::size_t bytes);
  void erase(std::map<std::size_t, std::size_t>::iterator range);

  std::map<std::size_t, std::size_t> by_offset_;
  std::set<std::pair<std::size_t, std::size_t>> by_length_;  // (length, offset)
};

}  // namespace nibble
