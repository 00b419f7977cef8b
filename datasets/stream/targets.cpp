#include "datasets/stream/targets.h"

#include <algorithm>

#include "core/check.h"

namespace nibble {

Targets collect(std::vector<Target> samples) {
  const auto labelled = std::count_if(samples.begin(), samples.end(), [](const Target& target) {
    return std::holds_alternative<int>(target);
  });
  const auto n = static_cast<long>(samples.size());
  check(n > 0 && (labelled == 0 || labelled == n), "collect: found ", labelled, " samples with a class and ",
        n - labelled, " with boxes, expected one sort of targets in a batch");
  if (labelled == 0) {
    BoxTargets targets;
    for (Target& sample : samples) targets.boxes.push_back(std::get<std::vector<Box>>(std::move(sample)));
    return targets;
  }
  ClassTargets targets{Array<int>::uninitialized({n})};
  for (long i = 0; i < n; ++i) targets.labels[i] = std::get<int>(samples[static_cast<std::size_t>(i)]);
  return targets;
}

const Array<int>& categories(const Targets& targets, const std::string& who) {
  check(!std::holds_alternative<BoxTargets>(targets), who,
        ": found boxes as the targets of a batch, expected a class or a word for each row");
  if (const auto* classes = std::get_if<ClassTargets>(&targets)) return classes->labels;
  return std::get<WordTargets>(targets).words;
}

}  // namespace nibble
