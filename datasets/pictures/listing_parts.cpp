#include "datasets/pictures/listing_parts.h"

#include <cmath>

#include "core/check.h"
#include "core/random.h"
#include "datasets/stream/epoch_order.h"

namespace nibble {
namespace {

void permute(std::vector<ListedPicture>& pictures, const Rng& rng) {
  std::vector<ListedPicture> result;
  result.reserve(pictures.size());
  for (const long i : shuffled(static_cast<long>(pictures.size()), rng))
    result.push_back(std::move(pictures[static_cast<std::size_t>(i)]));
  pictures = std::move(result);
}

Rng order_of(const ListingOptions& options) { return Rng(options.seed).stream("pictures"); }

void draw_test(const ListingOptions& options, PictureListing& listing) {
  const auto n = static_cast<long>(listing.train.size());
  const auto taken = static_cast<long>(std::floor(options.test_share * static_cast<double>(n) + 0.5));
  check(0 < taken && taken < n, options.path, ": found no test split and dataset.test_share ",
        options.test_share, ", which is ", taken, " of ", n,
        " pictures, expected a share that leaves at least 1 to test and 1 to train with");
  permute(listing.train, Rng(options.seed).stream("test"));
  listing.test.assign(listing.train.end() - taken, listing.train.end());
  listing.train.resize(static_cast<std::size_t>(n - taken));
}

}  // namespace

std::vector<ListedPicture>& PictureListing::of(PictureSplit split) {
  return split == PictureSplit::train ? train : split == PictureSplit::validation ? validation : test;
}

const std::vector<ListedPicture>& PictureListing::of(PictureSplit split) const {
  return split == PictureSplit::train ? train : split == PictureSplit::validation ? validation : test;
}

void divide(const ListingOptions& options, PictureListing& listing) {
  if (listing.test.empty() && listing.validation.empty()) return draw_test(options, listing);
  check(options.test_share == 0, options.path, ": found dataset.test_share ", options.test_share,
        ", expected 0, because these data have a split for the test");
  if (listing.test.empty()) std::swap(listing.test, listing.validation);
}

void shuffle_train(const ListingOptions& options, PictureListing& listing) {
  permute(listing.train, order_of(options).stream("train"));
}

void shuffle_all(const ListingOptions& options, PictureListing& listing) {
  shuffle_train(options, listing);
  permute(listing.validation, order_of(options).stream("validation"));
  permute(listing.test, order_of(options).stream("test"));
}

}  // namespace nibble
