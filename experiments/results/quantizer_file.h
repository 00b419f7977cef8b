#pragma once

#include <map>
#include <string>

#include "core/files/hdf5_file.h"
#include "experiments/results/record.h"

namespace nibble {

// How run.h5 keeps quantizers, each in a group of its path:
//   GROUP/layer1/0/conv1/weight/   attribute kind = "quantizer"
//       scale, shift               [epochs, channels], of each epoch that was evaluated
//       codes                      [levels], the axis of what follows
//       histogram                  [levels], of the last of these epochs
//       histogram_by_epoch         [epochs, levels]
// channels is 1 where one scale serves a whole tensor. Files of older programs have channels = 1 everywhere,
// with the mean over the channels, and no histogram_by_epoch. A run that such a program began has that mean
// for every channel of its first epochs, and histograms of its later epochs only.

void write_quantizers(Hdf5File& file, const std::string& group,
                      const std::map<std::string, QuantizerRecord>& quantizers);
std::map<std::string, QuantizerRecord> read_quantizers(const Hdf5File& file, const std::string& group);

}  // namespace nibble
