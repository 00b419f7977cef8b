#pragma once

#include "datasets/pictures/listing.h"

namespace nibble {

// What all listings have in common once they know their pictures.

/// Gives the listing a test split where it has none: its validation split, else ⌊test_share · n + ½⌋ of the
/// training pictures, drawn from Rng(seed).stream("test"). An Error refuses a share that leaves a split
/// empty, and one for data that have a test split.
void divide(const ListingOptions& options, PictureListing& listing);

/// Orders drawn from Rng(seed).stream("pictures").
void shuffle_train(const ListingOptions& options, PictureListing& listing);
void shuffle_all(const ListingOptions& options, PictureListing& listing);

}  // namespace nibble
