#pragma once

#include "datasets/kinds.h"

namespace nibble {

/// Gives the options the values that they leave open, so that they name every number that is used: mean and
/// std of images. Options of an unknown kind stay as they are.
void fill_in(DatasetOptions& options);

/// Reads or makes the data; an Error says what is wrong with the options or the files.
Data open_data(const DatasetOptions& options);
/// The same for images; an Error refuses a kind of text.
ImageSet open_images(const DatasetOptions& options);

/// No file is read for images and for the official Penn Treebank; for other texts, and for one that need not
/// be the official one (`verify` is off), the training file is.
DatasetOutline outline_dataset(const DatasetOptions& options);

}  // namespace nibble
