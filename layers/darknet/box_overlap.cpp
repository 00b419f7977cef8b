#include "layers/darknet/box_overlap.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/check.h"

namespace nibble::darknet {
namespace {

// One side of two boxes: where they begin and end, what they share, and what spans both.
struct Sides {
  double low, high, other_low, other_high;

  Sides(double centre, double extent, double other_centre, double other_extent)
      : low(centre - extent / 2),
        high(centre + extent / 2),
        other_low(other_centre - other_extent / 2),
        other_high(other_centre + other_extent / 2) {}
  double shared() const { return std::max(0.0, std::min(high, other_high) - std::max(low, other_low)); }
  double spanned() const { return std::max(high, other_high) - std::min(low, other_low); }

  // Derivatives of both by centre and extent.
  double shared_by_centre() const { return shared() > 0 ? (high < other_high) - (low > other_low) : 0; }
  double shared_by_extent() const {
    return shared() > 0 ? ((high < other_high) + (low > other_low)) / 2.0 : 0;
  }
  double spanned_by_centre() const { return (high > other_high) - (low < other_low); }
  double spanned_by_extent() const { return ((high > other_high) + (low < other_low)) / 2.0; }
};

double squared(double v) { return v * v; }

// What overlaps are made of.
struct Parts {
  Sides across, down;
  double common, united, overlap;
  double around;                   // area of the smallest rectangle around both
  double distance, diagonal;       // S and C
  double turned, aspect, balance;  // atan(w'/h') − atan(w/h), v and α

  Parts(const CentredBox& box, const CentredBox& truth)
      : across(box.x, box.w, truth.x, truth.w), down(box.y, box.h, truth.y, truth.h) {
    common = across.shared() * down.shared();
    united = box.w * box.h + truth.w * truth.h - common;
    overlap = common > 0 && united > 0 ? common / united : 0;
    around = across.spanned() * down.spanned();
    distance = squared(box.x - truth.x) + squared(box.y - truth.y);
    diagonal = squared(across.spanned()) + squared(down.spanned());
    turned = std::atan2(truth.w, truth.h) - std::atan2(box.w, box.h);
    aspect = 4 / squared(std::numbers::pi) * squared(turned);
    balance = aspect / (1 - overlap + aspect + 1e-6);
  }

  // ∂IoU, from what a change does to the common area and to the box's own.
  double overlap_by(double by_common, double by_area) const {
    if (overlap == 0) return 0;
    return (by_common * united - common * (by_area - by_common)) / squared(united);
  }
  // ∂(union / around), from that and from what it does to the rectangle around both.
  double filled_by(double by_common, double by_area, double by_around) const {
    return around > 0 ? ((by_area - by_common) * around - united * by_around) / squared(around) : 0;
  }
  // ∂(S/C), likewise.
  double apart_by(double by_distance, double by_diagonal) const {
    return diagonal > 0 ? (by_distance * diagonal - distance * by_diagonal) / squared(diagonal) : 0;
  }
};

}  // namespace

double overlap(const CentredBox& a, const CentredBox& b) { return Parts(a, b).overlap; }

double overlap(OverlapKind kind, const CentredBox& box, const CentredBox& truth) {
  const Parts p(box, truth);
  const double apart = p.diagonal > 0 ? p.distance / p.diagonal : 0;
  switch (kind) {
    case OverlapKind::plain:
      return p.overlap;
    case OverlapKind::generalized:
      return p.overlap - (p.around > 0 ? 1 - p.united / p.around : 0);
    case OverlapKind::distance:
      return p.overlap - apart;
    case OverlapKind::complete:
      return p.overlap - apart - p.balance * p.aspect;
  }
  fail("box overlap: found an unknown kind");
}

CentredBox pull(OverlapKind kind, const CentredBox& box, const CentredBox& truth) {
  const Parts p(box, truth);
  const bool generalized = kind == OverlapKind::generalized;
  const bool distance = kind == OverlapKind::distance || kind == OverlapKind::complete;
  const auto by_centre = [&](const Sides& side, const Sides& other, double offset) {
    const double common = side.shared_by_centre() * other.shared();
    double all = p.overlap_by(common, 0);
    if (generalized) all += p.filled_by(common, 0, side.spanned_by_centre() * other.spanned());
    if (distance) all -= p.apart_by(2 * offset, 2 * side.spanned() * side.spanned_by_centre());
    return all;
  };
  const auto by_extent = [&](const Sides& side, const Sides& other, double other_extent) {
    const double common = side.shared_by_extent() * other.shared();
    double all = 2 * p.overlap_by(common, other_extent);
    if (generalized) all += 2 * p.filled_by(common, other_extent, side.spanned_by_extent() * other.spanned());
    if (distance) all -= p.apart_by(0, 2 * side.spanned() * side.spanned_by_extent());
    return all;
  };
  // −α (w² + h²) ∂v is this · (h, −w)
  const double turn =
      kind == OverlapKind::complete ? 8 / squared(std::numbers::pi) * p.turned * p.balance : 0;
  return {by_centre(p.across, p.down, box.x - truth.x), by_centre(p.down, p.across, box.y - truth.y),
          by_extent(p.across, p.down, box.h) + turn * box.h,
          by_extent(p.down, p.across, box.w) - turn * box.w};
}

}  // namespace nibble::darknet
