#include "bench/roofline_dots.h"

#include <fmt/format.h>
#include <algorithm>

#include "core/check.h"

namespace nibble::bench {

std::vector<Dot> dots_of(const StepProfile& profile) {
  std::vector<Dot> dots;
  const double all = profile.seconds();
  const auto add = [&](const std::string& node, ProfileKind kind, bool backward, const PassProfile& pass) {
    if (pass.cost.bytes > 0 && pass.cost.operations > 0 && pass.seconds > 0)
      dots.push_back({node, kind, backward, pass, pass.seconds / all});
  };
  for (const ProfileRow& row : profile.rows) {
    add(row.node, row.kind, false, row.forward);
    add(row.node, row.kind, true, row.backward);
  }
  add("optimizer", ProfileKind::optimizer, false, profile.optimizer);
  std::stable_sort(dots.begin(), dots.end(), [](const Dot& a, const Dot& b) { return a.share > b.share; });
  return dots;
}

std::string figure(double value, const char* unit) {
  return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : value < 100 ? 1 : 0, unit);
}

std::string title_of(const Dot& dot, const MachinePeaks& peaks) {
  const double roof = std::min(peaks.operations(dot.pass.cost.products), peaks.memory * dot.intensity());
  return str(dot.node, dot.backward ? ", backward" : ", forward", "\n", name(dot.kind), "\n",
             figure(1e3 * dot.pass.seconds, "ms, "), figure(100 * dot.share, "% of the step\n"),
             figure(1e-9 * dot.rate(), "GOP/s, "),
             figure(1e-9 * dot.pass.cost.bytes / dot.pass.seconds, "GB/s\n"),
             figure(dot.intensity(), "operations a byte, products: "), name(dot.pass.cost.products), "\n",
             figure(100 * dot.rate() / roof, "% of the roof over memory"));
}

}  // namespace nibble::bench
