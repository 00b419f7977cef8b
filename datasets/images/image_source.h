#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/array.h"
#include "datasets/stream/targets.h"

namespace nibble {

/// Images that are made when they are asked for: taken from memory or decoded from a file. All functions may
/// be called by several threads at once and in any order; sample i is the same at every call.
class ImageSource {
 public:
  virtual ~ImageSource() = default;

  virtual long size() const = 0;
  /// The right answer for sample i, 0 ≤ i < size(). Nothing is decoded for it.
  virtual Target target(long i) const = 0;
  /// The file of sample i; empty where it only has its number.
  virtual std::string name(long) const { return {}; }
  /// Sample i as bytes [H, W, C], channels innermost, of a size of its own. It may take long, and an Error
  /// may name the file that cannot be read.
  virtual Array<std::uint8_t> make(long i) const = 0;
};

/// The images of one purpose: training, validation or test. Copies share the source; without one, a split is
/// empty.
class Split {
 public:
  Split() = default;
  explicit Split(std::shared_ptr<const ImageSource> source) : source_(std::move(source)) {}

  long size() const { return source_ ? source_->size() : 0; }
  bool empty() const { return size() == 0; }
  /// As the source has them, 0 ≤ i < size().
  Target target(long i) const { return source_->target(i); }
  std::string name(long i) const { return source_->name(i); }
  Array<std::uint8_t> make(long i) const { return source_->make(i); }

 private:
  std::shared_ptr<const ImageSource> source_;
};

}  // namespace nibble
