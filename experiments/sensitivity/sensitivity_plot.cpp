#include "experiments/sensitivity/sensitivity_plot.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "experiments/process/svg.h"
#include "experiments/process/terminal.h"

namespace nibble {
namespace {

constexpr double kTop = 132, kRow = 17, kPanel = 380, kGap = 44, kRight = 30, kBottom = 50;
constexpr double kCharacter = 7.3, kShortestMargin = 70;  // pixels of a letter of a layer's name

// From the darkest, with the fewest bits, to the lightest: they differ in print without colours, too.
const std::string kDots = R"(
.bits2 { fill: #7f1d1d; } .bits3 { fill: #dc2626; } .bits4 { fill: #f59e0b; } .bits8 { fill: #93c5fd; }
circle { stroke: #ffffff; stroke-width: 0.8; } circle:hover { stroke: #0f172a; }
.span { stroke: #cbd5e1; stroke-width: 2; }
)";

// The scale of both panels, in dB.
struct Axis {
  double low = 0, high = 10, step = 10;

  explicit Axis(const Sensitivity& sensitivity) {
    bool any = false;
    for (const ProbedPart& probed : sensitivity.parts) {
      for (const Deviation& deviation : probed.at) {
        const double db = deviation.snr_db();
        if (!std::isfinite(db)) continue;
        low = any ? std::min(low, db) : db;
        high = any ? std::max(high, db) : db;
        any = true;
      }
    }
    if (high - low > 90) step = 20;
    low = step * std::floor(low / step);
    high = std::max(low + step, step * std::ceil(high / step));
  }
  double at(double left, double db) const {
    return left + kPanel * (std::clamp(db, low, high) - low) / (high - low);
  }
};

std::string css(int bits) { return str("bits", bits); }

std::vector<std::string> layers_of(const Sensitivity& sensitivity) {
  std::vector<std::string> layers;
  for (const ProbedPart& probed : sensitivity.parts)
    if (layers.empty() || layers.back() != probed.layer) layers.push_back(probed.layer);
  return layers;
}

void draw_panel(Svg& svg, const Axis& axis, double left, double height, const std::string& head) {
  svg.rectangle(left, kTop, kPanel, height, "panel");
  svg.text(left, kTop - 26, head, "head");
  for (double db = axis.low; db <= axis.high; db += axis.step) {
    const double x = axis.at(left, db);
    svg.line(x, kTop, x, kTop + height, "grid");
    svg.text(x, kTop - 7, str(db), "x");
    svg.text(x, kTop + height + 17, str(db), "x");
  }
  svg.text(left + kPanel / 2, kTop + height + 36, "signal-to-noise of the outputs, dB", "x");
}

void draw_part(Svg& svg, const Axis& axis, double left, double y, const ProbedPart& probed) {
  double from = axis.high, to = axis.low;
  for (const Deviation& deviation : probed.at) {
    from = std::min(from, deviation.snr_db());
    to = std::max(to, deviation.snr_db());
  }
  svg.line(axis.at(left, from), y, axis.at(left, to), y, "span");
  for (std::size_t b = kProbedBits.size(); b-- > 0;)  // the fewest bits above
    svg.circle(axis.at(left, probed.at[b].snr_db()), y, 5, css(kProbedBits[b]),
               str(probed.layer, ", ", name(probed.part.kind), ", ", kProbedBits[b],
                   " bits: ", format_fixed(probed.at[b].snr_db(), 1), " dB"));
}

void draw_legend(Svg& svg, double x) {
  for (const int bits : kProbedBits) {
    svg.circle(x + 5, 74, 5, css(bits));
    svg.text(x + 15, 78, str(bits, " bits"), "legend");
    x += 68;
  }
}

}  // namespace

std::string sensitivity_svg(const Sensitivity& sensitivity, const std::string& name) {
  const std::vector<std::string> layers = layers_of(sensitivity);
  check(!layers.empty(), "sensitivity: found no measurement to draw");
  std::size_t longest = 0;
  for (const std::string& layer : layers) longest = std::max(longest, layer.size());
  const double weights = std::max(kShortestMargin, 20 + kCharacter * static_cast<double>(longest));
  const double inputs = weights + kPanel + kGap, height = kRow * static_cast<double>(layers.size());
  const double page = inputs + kPanel + kRight;
  const Axis axis(sensitivity);
  Svg svg(page, kTop + height + kBottom, house_style() + kDots);
  svg.rectangle(0, 0, page, kTop + height + kBottom, "page");
  svg.text(16, 32, name + ": where bits matter", "title");
  svg.text(16, 53,
           str("One layer's weights or input quantized, everything else float. ", sensitivity.samples,
               "; float ", shown(sensitivity.metric, sensitivity.float_metric)),
           "subtitle");
  draw_legend(svg, 16);
  draw_panel(svg, axis, weights, height, "weights");
  draw_panel(svg, axis, inputs, height, "input");
  double y = kTop - kRow / 2;
  for (std::size_t p = 0, row = 0; p < sensitivity.parts.size(); ++p) {
    const ProbedPart& probed = sensitivity.parts[p];
    if (p == 0 || probed.layer != sensitivity.parts[p - 1].layer) {
      y = kTop + kRow * (static_cast<double>(row++) + 0.5);
      svg.text(weights - 10, y + 4, probed.layer, "y");
    }
    draw_part(svg, axis, probed.part.kind == PartKind::weight ? weights : inputs, y, probed);
  }
  return svg.finish();
}

}  // namespace nibble
