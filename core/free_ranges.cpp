#include "core/free_ranges.h"

#include <cassert>

namespace nibble {

std::optional<std::size_t> FreeRanges::take(std::size_t bytes) {
  const auto fit = by_length_.lower_bound({bytes, 0});
  if (fit == by_length_.end()) return std::nullopt;
  const auto [length, offset] = *fit;
  erase(by_offset_.find(offset));
  if (length > bytes) insert(offset + bytes, length - bytes);
  return offset;
}

void FreeRanges::give(std::size_t offset, std::size_t bytes) {
  const auto next = by_offset_.lower_bound(offset);
  assert(next == by_offset_.end() || offset + bytes <= next->first);
  std::size_t begin = offset, end = offset + bytes;
  if (next != by_offset_.begin()) {
    const auto previous = std::prev(next);
    assert(previous->first + previous->second <= offset);
    if (previous->first + previous->second == offset) begin = previous->first, erase(previous);
  }
  if (next != by_offset_.end() && next->first == end) end += next->second, erase(next);
  insert(begin, end - begin);
}

void FreeRanges::insert(std::size_t offset, std::size_t bytes) {
  by_offset_.emplace(offset, bytes);
  by_length_.emplace(bytes, offset);
}

void FreeRanges::erase(std::map<std::size_t, std::size_t>::iterator range) {
  by_length_.erase({range->second, range->first});
  by_offset_.erase(range);
}

}  // namespace nibble
