#pragma once

#include "autograd/var.h"

namespace nibble {

/// y[n] = table[rows[n]]      table: [V, ...]   rows: [N], 0 ≤ row < V   y: [N, ...]
/// The gradient of a row is the sum over the places where it was read.
Var gather_rows(const Var& table, const Array<int>& rows);

}  // namespace nibble
