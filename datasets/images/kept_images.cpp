#include "datasets/images/kept_images.h"

#include <mutex>
#include <vector>

namespace nibble {
namespace {

class KeptImages : public ImageSource {
 public:
  KeptImages(const Split& from, std::size_t room)
      : from_(from), room_(room), kept_(static_cast<std::size_t>(from.size())) {}

  long size() const override { return from_.size(); }
  Target target(long i) const override { return from_.target(i); }
  std::string name(long i) const override { return from_.name(i); }
  Array<std::uint8_t> make(long i) const override {
    const auto at = static_cast<std::size_t>(i);
    {
      const std::lock_guard lock(mutex_);
      if (!kept_[at].empty()) return kept_[at];
    }
    Array<std::uint8_t> image = from_.make(i);  // several threads may do it at once; all make the same
    const std::lock_guard lock(mutex_);
    const auto bytes = static_cast<std::size_t>(image.size());
    if (kept_[at].empty() && bytes <= room_) {
      room_ -= bytes;
      kept_[at] = image;
    }
    return image;
  }

 private:
  const Split from_;
  mutable std::mutex mutex_;                       // guards what follows
  mutable std::size_t room_;                       // in bytes
  mutable std::vector<Array<std::uint8_t>> kept_;  // empty: not made yet, or there was no room
};

}  // namespace

Split kept_in_memory(const Split& split, std::size_t bytes) {
  return Split(std::make_shared<KeptImages>(split, bytes));
}

}  // namespace nibble
