#include "quant/ops/recurrent.h"

#include <memory>

#include "core/block_sum.h"
#include "core/check.h"
#include "core/kernels/matrix/gemm.h"
#include "core/kernels/matrix/matmul.h"
#include "core/kernels/pointwise/elementwise.h"
#include "quant/ops/grid_loops.h"

namespace nibble {
namespace {

using kernels::CellFormat;
using kernels::RecurrentKind;

// Units are computed in pieces, all steps of a piece's gates by whoever has it, so that the product and the
// cell of a step are one parallel region.
std::vector<Range> pieces_of(long hidden) { return cut(hidden, kBatchPieces); }

// [G·H, row] with the gates of each piece's units together: what one piece multiplies is one block.
template <typename T>
Array<T> by_pieces(const Array<T>& rows, long gates, const std::vector<Range>& pieces) {
  const long row = rows.shape().row(), hidden = rows.shape()[0] / gates;
  Array<T> result = Array<T>::uninitialized(rows.shape());
  T* into = result.data();
  for (const Range& units : pieces) {
    for (long g = 0; g < gates; ++g) {
      const T* const from = rows.data() + (g * hidden + units.begin) * row;
      into = std::copy(from, from + units.size() * row, into);
    }
  }
  return result;
}

// A recurrence with what its backward pass needs. Of buffers with a row block for each step, block 0 is the
// state before the first.
class Recurrence {
 public:
  Recurrence(RecurrentKind kind, const RecurrentOperands& operands, const std::vector<Tensor>& state,
             const std::optional<LiveGrid>& grid, const CellFormat& format)
      : kind_(kind),
        format_(format),
        gates_(kernels::gates_of(kind)),
        hidden_(operands.weight.shape()[1]),
        sequences_(state.front().shape()[0]),
        steps_(operands.input.shape()[0] / sequences_),
        pieces_(pieces_of(hidden_)),
        weight_(operands.weight),
        grid_(grid ? std::optional(grid->affine()) : std::nullopt) {
    const Shape all{(steps_ + 1) * sequences_, hidden_};
    const auto with_first = [&](const Tensor& first) {
      Tensor buffer = Tensor::uninitialized(all);
      std::copy(first.begin(), first.end(), buffer.begin());
      return buffer;
    };
    h_ = with_first(state[0]);
    if (kind == RecurrentKind::lstm) c_ = with_first(state[1]);
    if (grid_) {
      codes_ = Array<std::uint8_t>::uninitialized(all);
      quantize(0, {0, hidden_});
    }
    gate_values_ = Tensor::uninitialized({steps_ * sequences_, gates_ * hidden_});
    inner_ = Tensor::uninitialized({steps_ * sequences_, hidden_});
    const bool bytes = grid_ && operands.coded_weight && kernels::has_byte_products();
    bytes ? forward_on_codes(operands) : forward_on_reals(operands);
  }

  long rows() const { return steps_ * sequences_; }
  Array<std::uint8_t> codes() const { return grid_ ? after_first(codes_) : Array<std::uint8_t>{}; }
  // ĥ of all steps.
  Tensor output() const { return grid_ ? decoded(after_first(codes_)) : after_first(h_); }
  std::vector<Tensor> state() const {
    std::vector<Tensor> last{h_.rows(rows(), rows() + sequences_).clone()};
    if (!c_.empty()) last.push_back(c_.rows(rows(), rows() + sequences_).clone());
    return last;
  }

  Tensor cells() const { return c_.empty() ? Tensor() : after_first(c_); }

  struct Derivatives {
    Tensor input, weight, candidate_bias, scale, shift;
  };
  Derivatives backward(const Tensor& dy) const {
    Derivatives d;
    d.input = Tensor::uninitialized(gate_values_.shape());
    Tensor drecurrent = kind_ == RecurrentKind::gru ? Tensor::uninitialized(gate_values_.shape()) : d.input;
    const Tensor weight = weight_.value();
    Tensor carry({sequences_, hidden_});
    std::vector<GridSums> sums(pieces_.size());
    const long width = gates_ * hidden_;
    for (long t = steps_; t-- > 0;) {
      parallel_for(static_cast<long>(pieces_.size()), [&](long p) {
        const Range units = pieces_[static_cast<std::size_t>(p)];
        // All of dĥ of this step, then dh, for the units of this piece; rows as wide as the whole layer.
        Tensor dh = Tensor::uninitialized({sequences_, hidden_});
        const Tensor dy_now = at(dy, t);
        if (t + 1 < steps_) {
          kernels::gemm_nn(sequences_, units.size(), width, at(drecurrent, t + 1).data(), width,
                           weight.data() + units.begin, hidden_, dh.data() + units.begin, hidden_);
        }
        for (long b = 0; b < sequences_; ++b) {
          Real* const row = dh.data() + b * hidden_;
          const Real* const from = dy_now.data() + b * hidden_;
          for (long u = units.begin; u < units.end; ++u) row[u] = t + 1 < steps_ ? row[u] + from[u] : from[u];
        }
        if (grid_) through_grid(t, units, dh, sums[static_cast<std::size_t>(p)]);
        kernels::cell_backward(kind_, format_,
                               {.rows = sequences_,
                                .hidden = hidden_,
                                .units = units,
                                .gates = at(gate_values_, t).data(),
                                .inner = at(inner_, t).data(),
                                .h_before = at(h_, t).data(),
                                .c_before = c_.empty() ? nullptr : at(c_, t).data(),
                                .c = c_.empty() ? nullptr : at(c_, t + 1).data(),
                                .dh = dh.data(),
                                .carry = carry.data(),
                                .dinput = at(d.input, t).data(),
                                .drecurrent = at(drecurrent, t).data()});
      });
    }
    const Tensor before = grid_ ? decoded(codes_.rows(0, rows())) : h_.rows(0, rows());
    d.weight = kernels::matmul_tn(drecurrent, before);
    if (kind_ == RecurrentKind::gru) {
      const Tensor all = kernels::sum_rows(drecurrent);
      d.candidate_bias = Tensor::uninitialized({hidden_});
      std::copy(all.begin() + 2 * hidden_, all.end(), d.candidate_bias.begin());
    }
    GridSums total;
    for (const GridSums& sum : sums) total.scale += sum.scale, total.shift += sum.shift;
    d.scale = Tensor({1}, {static_cast<Real>(total.scale)});
    d.shift = Tensor({1}, {static_cast<Real>(total.shift)});
    return d;
  }

 private:
  template <typename T>
  Array<T> at(const Array<T>& rows, long step) const {
    return rows.rows(step * sequences_, (step + 1) * sequences_);
  }
  template <typename T>
  Array<T> after_first(const Array<T>& all) const {
    return all.rows(sequences_, sequences_ + rows());
  }
  Tensor decoded(const Array<std::uint8_t>& codes) const {
    Tensor values = Tensor::uninitialized(codes.shape());
    decode(codes.data(), values.data(), values.size(), *grid_);
    return values;
  }

  // ĥ of row block t.
  void quantize(long t, Range units) {
    for (long b = 0; b < sequences_; ++b) {
      const long from = (t * sequences_ + b) * hidden_ + units.begin;
      check(encode(h_.data() + from, codes_.data() + from, units.size(), *grid_),
            "recurrent: a state is not a number, expected finite weights and inputs");
    }
  }

  // dĥ becomes dh; the sums of scale and shift grow.
  void through_grid(long t, Range units, Tensor& dh, GridSums& sums) const {
    alignas(64) Real to_scale[kBlock] = {}, to_shift[kBlock] = {};
    for (long b = 0; b < sequences_; ++b) {
      const Real* const h = h_.data() + ((t + 1) * sequences_ + b) * hidden_;
      Real* const row = dh.data() + b * hidden_;
      for (long begin = units.begin; begin < units.end; begin += kBlock) {
        const long n = std::min(kBlock, units.end - begin);
        Real passed[kBlock];
        straight_through(h + begin, row + begin, passed, to_scale, to_shift, n, *grid_);
        std::copy(passed, passed + n, row + begin);
      }
    }
    sums.scale += sum_block(to_scale);
    sums.shift += sum_block(to_shift);
  }

  void forward_on_reals(const RecurrentOperands& operands) {
    const Tensor weight = by_pieces(operands.weight.value(), gates_, pieces_);
    // ĥ as real numbers, of one step.
    Tensor before = grid_ ? decoded(at(codes_, 0)) : Tensor();
    for (long t = 0; t < steps_; ++t) {
      const Tensor h = grid_ ? before : at(h_, t);
      parallel_for(static_cast<long>(pieces_.size()), [&](long p) {
        const Range units = pieces_[static_cast<std::size_t>(p)];
        const long width = gates_ * units.size();
        Tensor sums = Tensor::uninitialized({sequences_, width});
        kernels::gemm_nt(sequences_, width, hidden_, h.data(), hidden_,
                         weight.data() + gates_ * units.begin * hidden_, hidden_, sums.data(), width);
        finish_step(operands, t, units, sums);
      });
      if (grid_) before = decoded(at(codes_, t + 1));
    }
  }

  // s·q + β times s[r]·w:   Σ = s s[r] Σ q w + β s[r] Σ w
  void forward_on_codes(const RecurrentOperands& operands) {
    const kernels::CodedWeight& w = *operands.coded_weight;
    const Array<std::int8_t> codes = by_pieces(w.codes, gates_, pieces_);
    const Tensor scale = by_pieces(w.scale, gates_, pieces_);
    const Real of_code = grid_->scale, of_zero = grid_->value(grid_->grid.lo);
    Tensor gain = Tensor::uninitialized(scale.shape()), offset = Tensor::uninitialized(scale.shape());
    for (long r = 0; r < scale.size(); ++r) {
      const std::int8_t* const row = codes.data() + r * hidden_;
      long total = 0;
      for (long k = 0; k < hidden_; ++k) total += row[k];
      gain[r] = of_code * scale[r];
      offset[r] = of_zero * scale[r] * static_cast<Real>(total);
    }
    for (long t = 0; t < steps_; ++t) {
      const Array<std::uint8_t> h = at(codes_, t);
      parallel_for(static_cast<long>(pieces_.size()), [&](long p) {
        const Range units = pieces_[static_cast<std::size_t>(p)];
        const long width = gates_ * units.size(), first = gates_ * units.begin;
        auto products = Array<std::int32_t>::uninitialized({sequences_, width});
        kernels::gemm_codes_nt(sequences_, width, hidden_, h.data(), hidden_, codes.data() + first * hidden_,
                               hidden_, products.data(), width);
        Tensor sums = Tensor::uninitialized({sequences_, width});
        for (long b = 0; b < sequences_; ++b) {
          for (long r = 0; r < width; ++r) {
            sums[b * width + r] =
                gain[first + r] * static_cast<Real>(products[b * width + r]) + offset[first + r];
          }
        }
        finish_step(operands, t, units, sums);
      });
    }
  }

  // From the sums over the state before to h, c and ĥ of the units of one piece.
  void finish_step(const RecurrentOperands& operands, long t, Range units, Tensor& sums) {
    if (!operands.candidate_bias.empty()) {
      const Real* const bias = operands.candidate_bias.value().data() + units.begin;
      for (long b = 0; b < sequences_; ++b) {
        Real* const candidate = sums.data() + (b * gates_ + 2) * units.size();
        for (long u = 0; u < units.size(); ++u) candidate[u] += bias[u];
      }
    }
    kernels::cell_forward(kind_, format_,
                          {.rows = sequences_,
                           .hidden = hidden_,
                           .units = units,
                           .input = at(operands.input.value(), t).data(),
                           .recurrent = sums.data(),
                           .h_before = at(h_, t).data(),
                           .c_before = c_.empty() ? nullptr : at(c_, t).data(),
                           .gates = at(gate_values_, t).data(),
                           .inner = at(inner_, t).data(),
                           .h = at(h_, t + 1).data(),
                           .c = c_.empty() ? nullptr : at(c_, t + 1).data()});
    if (grid_) quantize(t + 1, units);
  }

  RecurrentKind kind_;
  CellFormat format_;
  long gates_, hidden_, sequences_, steps_;
  std::vector<Range> pieces_;
  Var weight_;
  std::optional<AffineGrid> grid_;
  Tensor h_, c_;                // [(T + 1)·B, H]
  Array<std::uint8_t> codes_;   // the same, of ĥ
  Tensor gate_values_, inner_;  // [T·B, G·H], [T·B, H]
};

void check_shapes(RecurrentKind kind, const RecurrentOperands& operands, const std::vector<Tensor>& state) {
  const Shape &input = operands.input.shape(), &weight = operands.weight.shape();
  const long gates = kernels::gates_of(kind);
  check(weight.rank() == 2 && weight[0] == gates * weight[1] && input.rank() == 2 && input[1] == weight[0],
        "recurrent: found input ", input, " and weight ", weight, ", expected [T*B, G*H] and [G*H, H] with ",
        gates, " gates");
  const std::size_t tensors = kind == RecurrentKind::lstm ? 2 : 1;
  check(state.size() == tensors, "recurrent: found ", state.size(), " tensors of state, expected ", tensors);
  for (const Tensor& s : state) {
    check(s.shape().rank() == 2 && s.shape()[1] == weight[1] && s.shape() == state[0].shape() &&
              s.shape()[0] > 0 && input[0] % s.shape()[0] == 0,
          "recurrent: found state ", s.shape(), " and ", input[0],
          " rows of input, expected [B, H] and whole steps of B rows");
  }
}

}  // namespace

RecurrentOutput recurrent(RecurrentKind kind, const RecurrentOperands& operands,
                          const std::vector<Tensor>& state, const std::optional<LiveGrid>& grid,
                          const CellFormat& format) {
  check_shapes(kind, operands, state);
  const auto run = std::make_shared<const Recurrence>(kind, operands, state, grid, format);
  std::vector<Var> inputs{operands.input, operands.weight};
  if (kind == RecurrentKind::gru) inputs.push_back(operands.candidate_bias);
  const std::size_t scale_at = inputs.size();
  if (grid) {
    inputs.push_back(grid->scale);
    if (!grid->shift.empty()) inputs.push_back(grid->shift);
  }
  const bool shifted = grid && !grid->shift.empty();
  const auto backward = [=](const Tensor& dy, Gradients& into) {
    const Recurrence::Derivatives d = run->backward(dy);
    into.add(0, d.input);
    into.add(1, d.weight);
    if (kind == RecurrentKind::gru) into.add(2, d.candidate_bias);
    if (grid) into.add(scale_at, d.scale);
    if (shifted) into.add(scale_at + 1, d.shift);
  };
  const char* const op = kind == RecurrentKind::lstm ? "lstm" : "gru";
  RecurrentOutput result;
  result.state = run->state();
  result.cells = run->cells();
  if (grid) {
    result.y = {
        record_lazy(
            op, inputs, {run->rows(), operands.weight.shape()[1]}, [run] { return run->output(); }, backward),
        *grid, run->codes()};
  } else {
    result.y = {record(op, inputs, run->output(), backward), {}, {}};
  }
  return result;
}

}  // namespace nibble
