#pragma once

#include <cmath>
#include <vector>

#include "bench/machine_peaks.h"
#include "bench/roofline_dots.h"
#include "experiments/process/svg.h"

namespace nibble::bench {

inline constexpr double kPanelWidth = 700, kPanelHeight = 470;  // pixels

/// A place in the picture, in pixels.
struct Point {
  double x, y;
};

/// A rectangle of the picture with logarithmic axes: operations per byte to the right, operations a second
/// upwards.
struct Panel {
  double left, top;
  double x_from, x_to, y_from, y_to;  // powers of ten

  Point at(double intensity, double rate) const {
    return {left + kPanelWidth * (std::log10(intensity) - x_from) / (x_to - x_from),
            top + kPanelHeight * (y_to - std::log10(rate)) / (y_to - y_from)};
  }
};

/// The panel at (left, top) whose axes reach around all dots and roofs.
Panel panel_of(const std::vector<std::vector<Dot>>& all, const MachinePeaks& peaks, double left, double top);

/// Background, grid and numbers.
void draw_axes(Svg& svg, const Panel& panel);

/// A rectangle of the picture, in pixels.
struct Box {
  double left, top, right, bottom;
  bool meets(const Box& o) const {
    return left < o.right && o.left < right && top < o.bottom && o.top < bottom;
  }
};

/// The limits of the machine: a level line for each kind of arithmetic, a rising one for memory and each
/// cache. Returns the places that lines and their names take.
std::vector<Box> draw_roofs(Svg& svg, const Panel& panel, const MachinePeaks& peaks);

}  // namespace nibble::bench
