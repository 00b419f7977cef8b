#pragma once

#include "datasets/kinds.h"

namespace nibble {

/// Gives the options the values that they leave open, so that they name every number that is used: size,
/// mean and std of images. Options of an unknown kind stay as they are.
void fill_in(DatasetOptions& options);

/// Reads or makes the data; an Error says what is wrong with the options or the files.
Data open_data(const DatasetOptions& options);
/// The same for images; an Error refuses a kind of text.
ImageSet open_images(const DatasetOptions& options);

/// The names and classes of pictures in files, before they are packed. An Error refuses another kind.
PictureListing list_pictures(const DatasetOptions& options);

/// No file is read for the official image sets and for the official Penn Treebank; for other texts, and for
/// one that need not be the official one (`verify` is off), the training file is. Of pictures the names of
/// the classes are read, and no picture is.
DatasetOutline outline_dataset(const DatasetOptions& options);

}  // namespace nibble
