#pragma once

#include "core/array.h"
#include "quant/grids/live_grid.h"

namespace nibble {

// Weights whose codes swing to and fro while the network learns, and what can be done about it (Nagel et al.
// 2022, arXiv 2203.11086). A weight between two codes is drawn to each of them in turn, because the
// straight-through gradient of ŵ says nothing about where w stands.
//   w: [O, ...]   s: [1] or [O]; the grid has no shift   ŵ = s · code

/// Damping, section 4.2 there: adds the gradient of strength · Σ (ŵ − clip(w, s·lo, s·hi))² to `gradient`, of
/// w's shape. ŵ counts as a constant. So it is 2 · strength · (w − ŵ) inside of the grid and 0 outside; the
/// scale gets none.
void add_damping(const Tensor& w, const LiveGrid& grid, double strength, Tensor& gradient);

/// What freezing, section 4.3 there, remembers of each weight. All are of w's shape.
struct CodeHistory {
  Tensor code;       // of now
  Tensor direction;  // of the last change of the code: 1 or -1; 0 before the first
  Tensor frequency;  // moving average, over steps, of 1 where a change went back on the one before, else 0
  Tensor mean;       // moving average of the codes
  Tensor frozen;     // 1 where the code stays for ever, else 0
};

/// The codes of w, without a past.
CodeHistory begin_history(const Tensor& w, const LiveGrid& grid);

struct FollowOptions {
  double momentum = 0.001;  // weight of the newest step in the moving averages
  double threshold = 0;     // of the frequency, above which a weight freezes; 0: none does
};

/// Takes note of the codes after a step. A weight whose frequency is above the threshold freezes: its code is
/// from then on the mean of its codes, rounded, and w is s · code, for the scale of each step. Returns how
/// many weights have another code than before. The same bits on any number of threads.
long follow_codes(Tensor& w, const LiveGrid& grid, CodeHistory& history, const FollowOptions& options);

}  // namespace nibble
