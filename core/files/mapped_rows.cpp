#include "core/files/mapped_rows.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <utility>

#include "core/check.h"

namespace nibble {
namespace {

// A file without a name, with all of its room taken: a full disk is found now, not at the first write to a
// page, which would be a signal.
int open_without_name(const std::string& directory, std::size_t bytes) {
  std::string path = directory + "/rows-XXXXXX";
  const int file = mkstemp(path.data());
  check(file >= 0, directory, ": found no way to make a file (", std::strerror(errno),
        "), expected a directory that can be written to");
  unlink(path.c_str());
  const int fault = posix_fallocate(file, 0, static_cast<off_t>(bytes));
  if (fault != 0) {
    close(file);
    fail(directory, ": found no room for ", bytes >> 20U, " MiB of activations (", std::strerror(fault),
         "), expected that much on its disk");
  }
  return file;
}

}  // namespace

MappedRows::MappedRows(const std::string& directory, long rows, const Shape& row)
    : rows_(rows), row_(row), bytes_(static_cast<std::size_t>(rows * row.count()) * sizeof(Real)) {
  check(bytes_ > 0, "rows in a file: found ", rows, " rows of ", row, ", expected at least one number");
  const int file = open_without_name(directory, bytes_);
  void* const memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  const int fault = errno;
  close(file);
  check(memory != MAP_FAILED, directory, ": found no addresses for ", bytes_ >> 20U, " MiB (",
        std::strerror(fault), ")");
  data_ = static_cast<Real*>(memory);
}

MappedRows::MappedRows(MappedRows&& other) noexcept { swap(other); }

MappedRows::~MappedRows() {
  if (data_) munmap(data_, bytes_);
}

void MappedRows::write(long first, const Tensor& values) {
  check(values.shape().row() == row_.count() && first >= 0 && first + values.shape()[0] <= rows_,
        "rows in a file: found ", values.shape(), " for row ", first, ", expected rows ", row_, " up to ",
        rows_);
  std::copy_n(values.data(), values.size(), data_ + first * row_.count());
}

Tensor MappedRows::read(const std::vector<long>& numbers) const {
  std::vector<long> extents{static_cast<long>(numbers.size())};
  extents.insert(extents.end(), row_.extents().begin(), row_.extents().end());
  Tensor values = Tensor::uninitialized(Shape(extents));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    check(0 <= numbers[i] && numbers[i] < rows_, "rows in a file: found row ", numbers[i],
          ", expected 0 ... ", rows_ - 1);
    std::copy_n(data_ + numbers[i] * row_.count(), row_.count(),
                values.data() + static_cast<long>(i) * row_.count());
  }
  return values;
}

Tensor MappedRows::read(long first, long count) const {
  std::vector<long> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return read(numbers);
}

void MappedRows::swap(MappedRows& other) noexcept {
  std::swap(rows_, other.rows_);
  std::swap(row_, other.row_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
}

}  // namespace nibble
