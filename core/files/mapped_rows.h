#pragma once

#include <string>
#include <vector>

#include "core/array.h"
#include "core/noncopyable.h"

namespace nibble {

/// A tensor [N, ...] too large to be sure of memory: its rows lie in a file, of which the system keeps in
/// memory what there is room for. The file has no name, so nothing is left of it when the process ends.
class MappedRows : NonCopyable {
 public:
  /// Takes room for `rows` rows of this shape on the disk of `directory`. Throws Error, naming the directory
  /// and the bytes, where there is not enough.
  MappedRows(const std::string& directory, long rows, const Shape& row);
  MappedRows(MappedRows&& other) noexcept;
  ~MappedRows();

  long rows() const { return rows_; }
  const Shape& row_shape() const { return row_; }
  /// Rows first, first + 1, ... take those of `values`: [n, ...].
  void write(long first, const Tensor& values);
  /// The rows of these numbers, in this order: [n, ...].
  Tensor read(const std::vector<long>& numbers) const;
  /// Rows first ... first + count − 1.
  Tensor read(long first, long count) const;
  void swap(MappedRows& other) noexcept;

 private:
  long rows_ = 0;
  Shape row_;
  Real* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace nibble
