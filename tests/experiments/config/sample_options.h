#pragma once

#include <string>
#include <vector>

#include "experiments/config/options.h"

namespace nibble {

// A few options of each kind, for tests.

struct Fields {
  int epochs = 1, batch = 2, bits = 3;
  std::vector<std::string> items;
  bool force = false;
};

inline Options bind(Fields& f) {
  Options options;
  options.add("train.epochs", f.epochs, "Epochs.");
  options.add("train.batch", f.batch, "Batch.");
  options.add("quant.bits", f.bits, "Bits.");
  options.add_repeatable<std::string>(
      "quant.item", f.items, "an item",
      [](const std::string& t, std::string& item) { return !(item = t).empty(); },
      [](const std::string& item) { return item; }, "Items.");
  options.add_switch("force", f.force, "Force.");
  return options;
}

}  // namespace nibble
