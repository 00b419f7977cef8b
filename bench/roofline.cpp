#include "bench/roofline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "bench/svg.h"
#include "core/check.h"

namespace nibble::bench {

namespace {

constexpr double kPanelWidth = 700, kPanelHeight = 470, kLeft = 74, kTop = 92, kGap = 64, kRight = 40,
                 kFooter = 150;

const std::string kStyle = R"(
text { font-family: "DejaVu Sans", Helvetica, Arial, sans-serif; font-size: 12px; fill: #334155; }
.page { fill: #ffffff; } .panel { fill: #f8fafc; stroke: #cbd5e1; }
.title { font-size: 19px; font-weight: bold; fill: #0f172a; } .subtitle { font-size: 13px; fill: #64748b; }
.head { font-size: 14px; font-weight: bold; fill: #0f172a; }
.grid { stroke: #e2e8f0; } .x { text-anchor: middle; } .y { text-anchor: end; }
.roof { stroke: #475569; stroke-width: 1.6; } .cache { stroke: #94a3b8; stroke-width: 1.1; stroke-dasharray: 5 4; }
.roof-name { font-size: 11px; fill: #475569; } .end { text-anchor: end; }
.name { font-size: 11px; fill: #0f172a; paint-order: stroke; stroke: #f8fafc; stroke-width: 3px; stroke-linejoin: round; }
.small { font-size: 11px; }
circle { fill-opacity: 0.72; stroke: #ffffff; stroke-width: 0.8; }
.back { fill-opacity: 0.10; stroke-width: 2; }
circle:hover, rect:hover { stroke: #0f172a; }
.k0 { fill: #2563eb; } .b0 { fill: #2563eb; stroke: #2563eb; } .k1 { fill: #0891b2; } .b1 { fill: #0891b2; stroke: #0891b2; }
.k2 { fill: #7c3aed; } .b2 { fill: #7c3aed; stroke: #7c3aed; } .k3 { fill: #a21caf; } .b3 { fill: #a21caf; stroke: #a21caf; }
.k4 { fill: #ca8a04; } .b4 { fill: #ca8a04; stroke: #ca8a04; } .k5 { fill: #dc2626; } .b5 { fill: #dc2626; stroke: #dc2626; }
.k6 { fill: #db2777; } .b6 { fill: #db2777; stroke: #db2777; } .k7 { fill: #64748b; } .b7 { fill: #64748b; stroke: #64748b; }
.k8 { fill: #94a3b8; } .k9 { fill: #059669; } .k10 { fill: #0f172a; } .k11 { fill: #cbd5e1; }
)";

struct Point {
  double x, y;
};

// Logarithmic axes from whole powers of ten.
struct Panel {
  double left, top;
  double x_from, x_to, y_from, y_to;  // powers of ten

  Point at(double intensity, double rate) const {
    return {left + kPanelWidth * (std::log10(intensity) - x_from) / (x_to - x_from),
            top + kPanelHeight * (y_to - std::log10(rate)) / (y_to - y_from)};
  }
};

struct Dot {
  std::string node;
  ProfileKind kind;
  bool backward;
  PassProfile pass;
  double share = 0;

  double intensity() const { return pass.cost.operations / pass.cost.bytes; }
  double rate() const { return pass.cost.operations / pass.seconds; }
};

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
  // Large ones first, so that small ones are not hidden.
  std::stable_sort(dots.begin(), dots.end(), [](const Dot& a, const Dot& b) { return a.share > b.share; });
  return dots;
}

std::string figure(double value, const char* unit) {
  char text[48];
  std::snprintf(text, sizeof text, value < 10 ? "%.2f %s" : value < 100 ? "%.1f %s" : "%.0f %s", value, unit);
  return text;
}

std::string css(ProfileKind kind, bool backward) {
  const int number = static_cast<int>(kind);
  return backward ? str("back b", number) : str("k", number);
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

// Power of ten for every decade, from whole powers around all dots and roofs.
Panel panel_of(const std::vector<std::vector<Dot>>& all, const MachinePeaks& peaks, double left) {
  double x_low = 1, x_high = 10, y_low = peaks.float32,
         y_high = std::max({peaks.float32, peaks.bfloat16, peaks.int8});
  for (const std::vector<Dot>& dots : all) {
    for (const Dot& dot : dots) {
      x_low = std::min(x_low, dot.intensity()), x_high = std::max(x_high, dot.intensity());
      y_low = std::min(y_low, dot.rate()), y_high = std::max(y_high, dot.rate());
    }
  }
  // The faintest rates are layers of no weight: three decades below the roof are shown, the rest lies on the
  // edge.
  y_low = std::max(y_low, 1e-3 * y_high);
  return {left,
          kTop,
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

struct Roof {
  std::string name;
  double rate;
};

// Flat roofs of arithmetic, from where memory no longer limits; slopes of memory and caches up to the
// highest.
void draw_roofs(Svg& svg, const Panel& panel, const MachinePeaks& peaks) {
  const double top = std::max({peaks.float32, peaks.bfloat16, peaks.int8});
  for (const Roof& roof :
       {Roof{"float32", peaks.float32}, {"bfloat16", peaks.bfloat16}, {"int8", peaks.int8}}) {
    if (roof.rate == 0) continue;
    const Point from = panel.at(roof.rate / peaks.level2, roof.rate);
    const double right = panel.left + kPanelWidth;
    svg.line(std::max(from.x, panel.left), from.y, right, from.y, "roof");
    svg.text(right - 6, from.y - 5, roof.name + " " + figure(1e-9 * roof.rate, "GOP/s"), "roof-name end");
  }
  const double bottom = std::pow(10, panel.y_from), first = std::pow(10, panel.x_from);
  const double slope =
      std::atan2(kPanelHeight / (panel.y_to - panel.y_from), kPanelWidth / (panel.x_to - panel.x_from));
  for (const Roof& roof :
       {Roof{"memory", peaks.memory}, {"level 3", peaks.level3}, {"level 2", peaks.level2}}) {
    const double low = std::max(first, bottom / roof.rate);
    const Point from = panel.at(low, low * roof.rate), to = panel.at(top / roof.rate, top);
    svg.line(from.x, from.y, to.x, to.y, roof.name == "memory" ? "roof" : "cache");
    // Along the line, where it begins; each a little further on, for two caches may be as fast as one
    // another.
    const double shift = roof.name == "memory" ? 14 : roof.name == "level 3" ? 70 : 150;
    svg.text_rising(from.x + shift * std::cos(slope) - 5 * std::sin(slope),
                    from.y - shift * std::sin(slope) - 5 * std::cos(slope), 57.29578 * slope,
                    roof.name + " " + figure(1e-9 * roof.rate, "GB/s"), "roof-name");
  }
}

struct Box {
  double left, top, right, bottom;
  bool meets(const Box& o) const {
    return left < o.right && o.left < right && top < o.bottom && o.top < bottom;
  }
};

// Names of the largest dots, each at the first free place around its dot; none rather than one on another.
void label_dots(Svg& svg, const Panel& panel, const std::vector<Dot>& dots, const std::vector<Point>& places,
                const std::vector<double>& radii) {
  constexpr std::size_t kLabels = 12;
  constexpr double kHeight = 13, kCharacter = 6.3;
  std::vector<Box> taken;
  for (std::size_t i = 0; i < std::min(kLabels, dots.size()); ++i)
    taken.push_back(
        {places[i].x - radii[i], places[i].y - radii[i], places[i].x + radii[i], places[i].y + radii[i]});
  for (std::size_t i = 0; i < std::min(kLabels, dots.size()); ++i) {
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
      break;
    }
  }
}

void draw_dots(Svg& svg, const Panel& panel, const std::vector<Dot>& dots, const MachinePeaks& peaks) {
  std::vector<Point> places;
  std::vector<double> radii;
  for (const Dot& dot : dots) {
    Point p = panel.at(dot.intensity(), dot.rate());
    p.y = std::min(p.y, panel.top + kPanelHeight - 4);
    places.push_back(p);
    radii.push_back(std::max(2.0, 60 * std::sqrt(dot.share)));
    svg.circle(p.x, p.y, radii.back(), css(dot.kind, dot.backward), title_of(dot, peaks));
  }
  label_dots(svg, panel, dots, places, radii);
}

// One bar: the step's time by kind, and below it what the colours mean, with milliseconds.
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
  Svg svg(width, kTop + kPanelHeight + kFooter, kStyle);
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
    const Panel panel = panel_of(dots, peaks, kLeft + static_cast<double>(i) * (kPanelWidth + kGap));
    const QuantizationShare share = quantization_share(profiles[i]);
    std::string head = profiles[i].method == "none" ? "float32" : profiles[i].method;
    head += ", " + figure(1e3 * profiles[i].step_seconds, "ms a step");
    if (share.at_most > 0)
      head += ", fake quantization " + figure(100 * share.at_least, "to ") + figure(100 * share.at_most, "%");
    svg.text(panel.left, panel.top - 10, head, "head");
    draw_axes(svg, panel);
    if (i == 0) svg.text(panel.left - 60, panel.top - 10, "GOP/s", "small");
    draw_roofs(svg, panel, peaks);
    draw_dots(svg, panel, dots[i], peaks);
    draw_time(svg, panel, profiles[i]);
  }
  return svg.finish();
}

}  // namespace nibble::bench
