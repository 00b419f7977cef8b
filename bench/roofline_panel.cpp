#include "bench/roofline_panel.h"

#include <algorithm>
#include <string>

#include "core/check.h"

namespace nibble::bench {

Panel panel_of(const std::vector<std::vector<Dot>>& all, const MachinePeaks& peaks, double left, double top) {
  double x_low = 1, x_high = 10, y_low = peaks.float32,
         y_high = std::max({peaks.float32, peaks.bfloat16, peaks.int8});
  for (const std::vector<Dot>& dots : all) {
    for (const Dot& dot : dots) {
      x_low = std::min(x_low, dot.intensity()), x_high = std::max(x_high, dot.intensity());
      y_low = std::min(y_low, dot.rate()), y_high = std::max(y_high, dot.rate());
    }
  }
  // Layers with very low rates hardly take time. The panel shows three decades below the roof; dots below lie
  // on its edge.
  y_low = std::max(y_low, 1e-3 * y_high);
  return {left,
          top,
          std::floor(std::log10(x_low)),
          std::ceil(std::log10(x_high)),
          std::log10(y_low) - 0.15,
          std::log10(y_high) + 0.15};
}

void draw_axes(Svg& svg, const Panel& panel) {
  svg.rectangle(panel.left, panel.top, kPanelWidth, kPanelHeight, "panel");
  for (double power = panel.x_from; power <= panel.x_to; ++power) {
    const Point p = panel.at(std::pow(10, power), std::pow(10, panel.y_from));
    svg.line(p.x, panel.top, p.x, panel.top + kPanelHeight, "grid");
    svg.text(p.x, panel.top + kPanelHeight + 18, str(std::pow(10, power)), "x");
  }
  for (double power = std::ceil(panel.y_from); power <= panel.y_to; ++power) {
    const Point p = panel.at(1, std::pow(10, power));
    svg.line(panel.left, p.y, panel.left + kPanelWidth, p.y, "grid");
    svg.text(panel.left - 8, p.y + 4, str(std::pow(10, power - 9)), "y");
  }
  svg.text(panel.left + kPanelWidth / 2, panel.top + kPanelHeight + 38, "operations a byte", "x");
}

namespace {

struct Roof {
  std::string name;
  double rate;
};

// Small boxes along a line that rises from one place to another; `above`: how far names reach above it.
void cover(std::vector<Box>& taken, Point from, Point to, double above) {
  constexpr double kStep = 10;
  const long steps = static_cast<long>(std::hypot(to.x - from.x, to.y - from.y) / kStep) + 1;
  for (long i = 0; i <= steps; ++i) {
    const double t = static_cast<double>(i) / static_cast<double>(steps);
    const Point p{from.x + t * (to.x - from.x), from.y + t * (to.y - from.y)};
    taken.push_back({p.x - kStep / 2, p.y - 1 - above, p.x + kStep / 2, p.y + 1});
  }
}

}  // namespace

// The line of an arithmetic begins where the second-level cache no longer limits the rate. The lines of
// memory and caches end at the highest arithmetic.
std::vector<Box> draw_roofs(Svg& svg, const Panel& panel, const MachinePeaks& peaks) {
  constexpr double kNameWidth = 150, kNameHeight = 14;
  std::vector<Box> taken;
  const double top = std::max({peaks.float32, peaks.bfloat16, peaks.int8});
  for (const Roof& roof :
       {Roof{"float32", peaks.float32}, {"bfloat16", peaks.bfloat16}, {"int8", peaks.int8}}) {
    if (roof.rate == 0) continue;
    const Point from = panel.at(roof.rate / peaks.level2, roof.rate);
    const double right = panel.left + kPanelWidth;
    svg.line(std::max(from.x, panel.left), from.y, right, from.y, "roof");
    svg.text(right - 6, from.y - 5, roof.name + " " + figure(1e-9 * roof.rate, "GOP/s"), "roof-name end");
    cover(taken, {std::max(from.x, panel.left), from.y}, {right, from.y}, 0);
    cover(taken, {right - kNameWidth, from.y}, {right, from.y}, kNameHeight);
  }
  const double bottom = std::pow(10, panel.y_from), first = std::pow(10, panel.x_from);
  const double slope =
      std::atan2(kPanelHeight / (panel.y_to - panel.y_from), kPanelWidth / (panel.x_to - panel.x_from));
  for (const Roof& roof :
       {Roof{"memory", peaks.memory}, {"level 3", peaks.level3}, {"level 2", peaks.level2}}) {
    const double low = std::max(first, bottom / roof.rate);
    const Point from = panel.at(low, low * roof.rate), to = panel.at(top / roof.rate, top);
    svg.line(from.x, from.y, to.x, to.y, roof.name == "memory" ? "roof" : "cache");
    // The name stands along the line near its beginning. Each name is shifted further, because two caches may
    // be equally fast.
    const double shift = roof.name == "memory" ? 14 : roof.name == "level 3" ? 70 : 150;
    svg.text_rising(from.x + shift * std::cos(slope) - 5 * std::sin(slope),
                    from.y - shift * std::sin(slope) - 5 * std::cos(slope), 57.29578 * slope,
                    roof.name + " " + figure(1e-9 * roof.rate, "GB/s"), "roof-name");
    cover(taken, from, to, 0);
    const double end = shift + kNameWidth;
    cover(taken, {from.x + shift * std::cos(slope), from.y - shift * std::sin(slope)},
          {from.x + end * std::cos(slope), from.y - end * std::sin(slope)}, kNameHeight);
  }
  return taken;
}

}  // namespace nibble::bench
