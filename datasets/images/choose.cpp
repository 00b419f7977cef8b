#include "datasets/images/choose.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/check.h"
#include "datasets/stream/epoch_order.h"

namespace nibble {
namespace {

// Some samples of a split, in any order.
class ChosenImages : public ImageSource {
 public:
  ChosenImages(Split from, std::vector<long> chosen) : from_(std::move(from)), chosen_(std::move(chosen)) {}

  long size() const override { return static_cast<long>(chosen_.size()); }
  Target target(long i) const override { return from_.target(chosen_[static_cast<std::size_t>(i)]); }
  std::string name(long i) const override { return from_.name(chosen_[static_cast<std::size_t>(i)]); }
  Array<std::uint8_t> make(long i) const override { return from_.make(chosen_[static_cast<std::size_t>(i)]); }

 private:
  Split from_;
  std::vector<long> chosen_;
};

Split choose(const Split& from, std::vector<long> chosen) {
  return Split(std::make_shared<ChosenImages>(from, std::move(chosen)));
}

}  // namespace

Split first_samples(const Split& split, long n) {
  check(0 < n && n <= split.size(), "dataset: found a request for the first ", n, " samples, expected 1 to ",
        split.size());
  std::vector<long> first(static_cast<std::size_t>(n));
  std::iota(first.begin(), first.end(), 0);
  return choose(split, std::move(first));
}

TrainAndValidation split_off(const Split& train, double share, std::uint64_t seed) {
  const long n = train.size(), taken = static_cast<long>(std::floor(share * static_cast<double>(n) + 0.5));
  check(0 < taken && taken < n, "dataset: found dataset.validation_share ", share, ", which is ", taken,
        " of ", n, " training samples, expected at least 1 for validation and 1 to train with");
  std::vector<long> validation = shuffled(n, Rng(seed).stream("validation")),
                    rest(validation.begin() + taken, validation.end());
  validation.resize(static_cast<std::size_t>(taken));
  std::sort(validation.begin(), validation.end());
  std::sort(rest.begin(), rest.end());
  return {choose(train, std::move(rest)), choose(train, std::move(validation))};
}

}  // namespace nibble
