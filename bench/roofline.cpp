#include "bench/roofline.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "bench/roofline_dots.h"
#include "bench/roofline_panel.h"
#include "core/check.h"
#include "experiments/process/svg.h"

namespace nibble::bench {

namespace {

constexpr double kLeft = 74, kTop = 92, kGap = 64, kRight = 40, kFooter = 150;

const std::string kStyle =
    R"(.roof { stroke: #475569; stroke-width: 1.6; } .cache { stroke: #94a3b8; stroke-width: 1.1; stroke-dasharray: 5 4; }
.roof-name { font-size: 11px; fill: #475569; } .end { text-anchor: end; }
.name { font-size: 11px; fill: #0f172a; paint-order: stroke; stroke: #f8fafc; stroke-width: 3px; stroke-linejoin: round; }
.small { font-size: 11px; }
circle { fill-opacity: 0.9; stroke: #ffffff; stroke-width: 0.8; }
.back { fill-opacity: 0.25; stroke-width: 2.2; }
circle:hover, rect:hover { stroke: #0f172a; }
.k0 { fill: #2563eb; } .b0 { fill: #2563eb; stroke: #2563eb; } .k1 { fill: #0891b2; } .b1 { fill: #0891b2; stroke: #0891b2; }
.k2 { fill: #7c3aed; } .b2 { fill: #7c3aed; stroke: #7c3aed; } .k3 { fill: #a21caf; } .b3 { fill: #a21caf; stroke: #a21caf; }
.k4 { fill: #ca8a04; } .b4 { fill: #ca8a04; stroke: #ca8a04; } .k5 { fill: #dc2626; } .b5 { fill: #dc2626; stroke: #dc2626; }
.k6 { fill: #db2777; } .b6 { fill: #db2777; stroke: #db2777; } .k7 { fill: #64748b; } .b7 { fill: #64748b; stroke: #64748b; }
.k8 { fill: #94a3b8; } .k9 { fill: #059669; } .k10 { fill: #0f172a; } .k11 { fill: #cbd5e1; }
.k12 { fill: #78350f; } .k13 { fill: #fda4af; }
)";

std::string css(ProfileKind kind, bool backward) {
  const int number = static_cast<int>(kind);
  return backward ? str("back b", number) : str("k", number);
}

// Writes the names of the largest dots, each at the first free place around its dot and each layer's once.
// Where no place is free, the name is left out. taken: by the roofs.
void label_dots(Svg& svg, const Panel& panel, const std::vector<Dot>& dots, const std::vector<Point>& places,
                const std::vector<double>& radii, std::vector<Box> taken) {
  constexpr std::size_t kLabels = 12;
  constexpr double kHeight = 13, kCharacter = 6.3;
  std::set<std::string> named;
  for (std::size_t i = 0; i < dots.size(); ++i)
    taken.push_back(
        {places[i].x - radii[i], places[i].y - radii[i], places[i].x + radii[i], places[i].y + radii[i]});
  for (std::size_t i = 0; i < std::min(kLabels, dots.size()); ++i) {
    if (named.contains(dots[i].node)) continue;
    const std::string label = dots[i].node + (dots[i].backward ? " \u2190" : " \u2192");
    const double width = kCharacter * static_cast<double>(label.size() - 2), r = radii[i] + 3;
    const Point p = places[i];
    const Point starts[] = {{p.x + r, p.y - kHeight / 2},         {p.x - r - width, p.y - kHeight / 2},
                            {p.x - width / 2, p.y - r - kHeight}, {p.x - width / 2, p.y + r},
                            {p.x + r, p.y - r - kHeight / 2},     {p.x + r, p.y + r - kHeight / 2}};
    for (const Point& start : starts) {
      const Box box{start.x, start.y, start.x + width, start.y + kHeight};
      const bool inside = box.left > panel.left + 2 && box.right < panel.left + kPanelWidth - 2 &&
                          box.top > panel.top + 2 && box.bottom < panel.top + kPanelHeight - 2;
      const bool free = std::none_of(taken.begin(), taken.end(), [&](const Box& o) { return box.meets(o); });
      if (!inside || !free) continue;
      svg.text(box.left, box.bottom - 3, label, "name");
      taken.push_back(box);
      named.insert(dots[i].node);
      break;
    }
  }
}

void draw_dots(Svg& svg, const Panel& panel, const std::vector<Dot>& dots, const MachinePeaks& peaks,
               std::vector<Box> taken) {
  std::vector<Point> places;
  std::vector<double> radii;
  for (const Dot& dot : dots) {
    Point p = panel.at(dot.intensity(), dot.rate());
    p.y = std::min(p.y, panel.top + kPanelHeight - 4);
    places.push_back(p);
    radii.push_back(std::max(2.0, 60 * std::sqrt(dot.share)));
    svg.circle(p.x, p.y, radii.back(), css(dot.kind, dot.backward), title_of(dot, peaks));
  }
  label_dots(svg, panel, dots, places, radii, std::move(taken));
}

// A bar with the time of the step by kind. Below it the meaning of the colours, with milliseconds.
void draw_time(Svg& svg, const Panel& panel, const StepProfile& profile) {
  constexpr double kBar = 16;
  const double top = panel.top + kPanelHeight + 56, all = profile.seconds();
  double x = panel.left;
  std::vector<ProfileTotal> sums = totals(profile);
  for (const ProfileTotal& total : sums) {
    const double width = kPanelWidth * total.seconds / all;
    svg.rectangle(x, top, width, kBar, css(total.kind, false),
                  str(name(total.kind), "\n", figure(1e3 * total.seconds, "ms, "),
                      figure(100 * total.seconds / all, "% of the step")));
    x += width;
  }
  std::stable_sort(sums.begin(), sums.end(),
                   [](const ProfileTotal& a, const ProfileTotal& b) { return a.seconds > b.seconds; });
  constexpr int kColumns = 3;
  for (std::size_t i = 0; i < sums.size() && i < 9; ++i) {
    const double at_x = panel.left + kPanelWidth / kColumns * static_cast<double>(i % kColumns);
    const double at_y = top + kBar + 20 + 18 * static_cast<double>(i / kColumns);
    svg.rectangle(at_x, at_y - 10, 11, 11, css(sums[i].kind, false));
    svg.text(at_x + 17, at_y, str(name(sums[i].kind), "  ", figure(1e3 * sums[i].seconds, "ms")), "small");
  }
}

}  // namespace

std::string roofline_svg(const std::vector<StepProfile>& profiles, const MachinePeaks& peaks) {
  check(!profiles.empty(), "roofline: found no profile to draw");
  const double panels = static_cast<double>(profiles.size());
  const double width = kLeft + panels * kPanelWidth + (panels - 1) * kGap + kRight;
  Svg svg(width, kTop + kPanelHeight + kFooter, house_style() + kStyle);
  svg.rectangle(0, 0, width, kTop + kPanelHeight + kFooter, "page");
  svg.text(kLeft, 34, str(profiles[0].model, ": a training step under the machine's roofs"), "title");
  svg.text(kLeft, 55,
           str("batch ", profiles[0].batch, ", ", profiles[0].threads,
               " threads. One dot a layer and pass: full forward \u2192, hollow backward \u2190; its area is "
               "its time."),
           "subtitle");
  std::vector<std::vector<Dot>> dots;
  for (const StepProfile& profile : profiles) dots.push_back(dots_of(profile));
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    const Panel panel = panel_of(dots, peaks, kLeft + static_cast<double>(i) * (kPanelWidth + kGap), kTop);
    const QuantizationShare share = quantization_share(profiles[i]);
    std::string head = profiles[i].method == "none" ? "float32" : profiles[i].method;
    head += ", " + figure(1e3 * profiles[i].step_seconds, "ms a step");
    if (share.at_most > 0)
      head += ", fake quantization " + figure(100 * share.at_least, "to ") + figure(100 * share.at_most, "%");
    svg.text(panel.left, panel.top - 10, head, "head");
    draw_axes(svg, panel);
    if (i == 0) svg.text(panel.left - 60, panel.top - 10, "GOP/s", "small");
    draw_dots(svg, panel, dots[i], peaks, draw_roofs(svg, panel, peaks));
    draw_time(svg, panel, profiles[i]);
  }
  return svg.finish();
}

}  // namespace nibble::bench
