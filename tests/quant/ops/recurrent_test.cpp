// The loop over time against the same recurrence built from single ops, step by step.
#include "quant/ops/recurrent.h"

#include "autograd/ops/activation.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/embedding.h"
#include "autograd/ops/linear.h"
#include "autograd/ops/shape.h"
#include "quant/ops/fake_quantize.h"
#include "tests/support/compare.h"
#include "tests/support/random_tensor.h"

namespace nibble::recurrent_test {
namespace {

using kernels::CellFormat;
using kernels::RecurrentKind;

constexpr long kSteps = 5, kSequences = 3, kHidden = 11;
constexpr double kTolerance = sizeof(Real) == 8 ? 1e-12 : 2e-5;

struct Case {
  RecurrentKind kind;
  bool quantized;
};

long rows_of(RecurrentKind kind) { return kernels::gates_of(kind) * kHidden; }

// {input, weight, candidate bias, scale, shift}
std::vector<Var> parameters(const Case& c) {
  std::vector<Var> vars;
  vars.emplace_back(uniform({kSteps * kSequences, rows_of(c.kind)}, 1, -2, 2), true);
  vars.emplace_back(uniform({rows_of(c.kind), kHidden}, 2, -0.7F, 0.7F), true);
  vars.emplace_back(uniform({kHidden}, 3), true);
  vars.emplace_back(Tensor({1}, {Real(0.11)}), true);
  vars.emplace_back(Tensor({1}, {Real(-0.83)}), true);
  return vars;
}

std::vector<Tensor> first_state(RecurrentKind kind) {
  std::vector<Tensor> state{uniform({kSequences, kHidden}, 4, -0.9F, 0.9F)};
  if (kind == RecurrentKind::lstm) state.push_back(uniform({kSequences, kHidden}, 5, -1.5F, 1.5F));
  return state;
}

std::optional<LiveGrid> grid_of(const Case& c, const std::vector<Var>& v) {
  if (!c.quantized) return {};
  return LiveGrid{Grid::unsigned_bits(4), v[3], v[4]};
}

RecurrentOperands operands_of(const Case& c, const std::vector<Var>& v) {
  return {v[0], v[1], c.kind == RecurrentKind::gru ? v[2] : Var()};
}

RecurrentOutput run(const Case& c, const std::vector<Var>& v, const CellFormat& format = {}) {
  return recurrent(c.kind, operands_of(c, v), first_state(c.kind), grid_of(c, v), format);
}

Array<int> rows_of_step(long step) {
  Array<int> rows({kSequences});
  for (long b = 0; b < kSequences; ++b) rows[b] = static_cast<int>(step * kSequences + b);
  return rows;
}

// The outputs of all steps side by side: [B, T·H].
Var step_by_step(const Case& c, const std::vector<Var>& v) {
  const auto on_grid = [&](const Var& h) {
    return c.quantized ? fake_quantize(h, v[3], v[4], Grid::unsigned_bits(4)) : h;
  };
  const auto gate = [](const Var& x, long g) { return slice(x, g * kHidden, (g + 1) * kHidden); };
  const std::vector<Tensor> start = first_state(c.kind);
  Var h(start[0]), cell = start.size() > 1 ? Var(start[1]) : Var();
  // No gradient leaves the first state, so its quantizer learns nothing from it either.
  Var on(on_grid(h).value());
  std::vector<Var> outputs;
  for (long t = 0; t < kSteps; ++t) {
    const Var x = gather_rows(v[0], rows_of_step(t));
    if (c.kind == RecurrentKind::lstm) {
      const Var sum = add(x, linear(on, v[1], {}));
      const Var i = sigmoid(gate(sum, 0)), f = sigmoid(gate(sum, 1)), g = tanh(gate(sum, 2)),
                o = sigmoid(gate(sum, 3));
      cell = add(multiply(f, cell), multiply(i, g));
      h = multiply(o, tanh(cell));
    } else {
      const Var r = linear(on, v[1], {});
      const Var reset = sigmoid(add(gate(x, 0), gate(r, 0))), z = sigmoid(add(gate(x, 1), gate(r, 1)));
      Var bias = v[2];
      const Var candidate_sum = linear(on,
                                       gather_rows(v[1],
                                                   [] {
                                                     Array<int> rows({kHidden});
                                                     for (int u = 0; u < kHidden; ++u)
                                                       rows[u] = 2 * static_cast<int>(kHidden) + u;
                                                     return rows;
                                                   }()),
                                       bias);
      const Var n = tanh(add(gate(x, 2), multiply(reset, candidate_sum)));
      // (1 − z) n + z h = n + z (h − n)
      h = add(n, multiply(z, add(h, scaled(n, -1))));
    }
    on = on_grid(h);
    outputs.push_back(on);
  }
  return concat(outputs);
}

// [T·B, H] as [B, T·H]
Tensor side_by_side(const Tensor& y) {
  Tensor result = Tensor::uninitialized({kSequences, kSteps * kHidden});
  for (long t = 0; t < kSteps; ++t) {
    for (long b = 0; b < kSequences; ++b) {
      std::copy_n(y.data() + (t * kSequences + b) * kHidden, kHidden,
                  result.data() + (b * kSteps + t) * kHidden);
    }
  }
  return result;
}

std::string text(const Case& c) {
  return str(c.kind == RecurrentKind::lstm ? "lstm" : "gru", c.quantized ? ", quantized" : "");
}

const std::vector<Case> kCases{{RecurrentKind::lstm, false},
                               {RecurrentKind::gru, false},
                               {RecurrentKind::lstm, true},
                               {RecurrentKind::gru, true}};

}  // namespace

TEST_CASE("a_recurrence_is_its_steps_forward_and_backward") {
  for (const Case& c : kCases) {
    const std::vector<Var> fused = parameters(c), single = parameters(c);
    const RecurrentOutput output = run(c, fused);
    const Var expected = step_by_step(c, single);
    check_close(text(c), side_by_side(output.y.value.value()), expected.value(), kTolerance);

    const Tensor dy = uniform({kSteps * kSequences, kHidden}, 9);
    backward(output.y.value, dy);
    backward(expected, side_by_side(dy));
    for (std::size_t k = 0; k < fused.size(); ++k) {
      if (single[k].gradient().empty()) {
        CHECK(fused[k].gradient().empty());
      } else {
        check_close(str(text(c), ", input ", k), fused[k].gradient(), single[k].gradient(), 10 * kTolerance);
      }
    }
  }
}

TEST_CASE("a_recurrence_goes_on_from_its_state") {
  for (const Case& c : kCases) {
    const std::vector<Var> v = parameters(c);
    const RecurrentOutput whole = run(c, v);
    std::vector<Tensor> state = first_state(c.kind);
    for (long t = 0; t < kSteps; ++t) {
      RecurrentOperands operands = operands_of(c, v);
      operands.input = gather_rows(v[0], rows_of_step(t));
      const RecurrentOutput one = recurrent(c.kind, operands, state, grid_of(c, v), {});
      check_equal(str(text(c), ", step ", t), one.y.value.value(),
                  whole.y.value.value().rows(t * kSequences, (t + 1) * kSequences).clone());
      state = one.state;
    }
    for (std::size_t i = 0; i < state.size(); ++i) check_equal(text(c), state[i], whole.state[i]);
  }
}

TEST_CASE("fixed_point_cells_are_near_real_ones_and_learn_alike") {
  for (const Case& c : {kCases[0], kCases[1]}) {
    const std::vector<Var> real = parameters(c), fixed = parameters(c);
    const RecurrentOutput a = run(c, real), b = run(c, fixed, {.fixed = true, .cell_fraction_bits = 12});
    check_close(text(c), b.y.value.value(), a.y.value.value(), 2e-3);
    const Tensor dy = uniform({kSteps * kSequences, kHidden}, 9);
    backward(a.y.value, dy);
    backward(b.y.value, dy);
    for (const std::size_t k : {0, 1}) {
      check_close(str(text(c), ", input ", k), fixed[k].gradient(), real[k].gradient(), 2e-2);
    }
    for (const Real h : b.y.value.value()) {  // 15 fraction bits
      REQUIRE(h * 32768 == std::floor(h * 32768));
    }
  }
}

TEST_CASE("a_recurrence_on_codes_is_the_one_on_their_values") {
  for (const Case& c : {kCases[2], kCases[3]}) {
    const long rows = rows_of(c.kind);
    kernels::CodedWeight codes{Array<std::int8_t>::uninitialized({rows, kHidden}),
                               uniform({rows}, 6, 0.05F, 0.1F)};
    Rng rng(7);
    for (std::int8_t& code : codes.codes)
      code = static_cast<std::int8_t>(static_cast<int>(rng.below(16)) - 8);
    std::vector<Var> on_codes = parameters(c), on_values = parameters(c);
    on_codes[1] = Var(codes.values(), true);
    on_values[1] = Var(codes.values(), true);
    RecurrentOperands operands = operands_of(c, on_codes);
    operands.coded_weight = codes;
    const RecurrentOutput fast = recurrent(c.kind, operands, first_state(c.kind), grid_of(c, on_codes), {});
    const RecurrentOutput slow = run(c, on_values);
    check_close(text(c), fast.y.value.value(), slow.y.value.value(), kTolerance);
    const Tensor dy = uniform({kSteps * kSequences, kHidden}, 9);
    backward(fast.y.value, dy);
    backward(slow.y.value, dy);
    for (std::size_t k = 0; k < 2; ++k)
      check_close(str(text(c), ", input ", k), on_codes[k].gradient(), on_values[k].gradient(), 1e-4);
  }
}

TEST_CASE("a_recurrence_is_the_same_on_any_number_of_threads") {
  for (const Case& c : kCases) {
    check_threads_agree(text(c), [&] {
      const std::vector<Var> v = parameters(c);
      const RecurrentOutput output = run(c, v);
      backward(output.y.value, uniform({kSteps * kSequences, kHidden}, 9));
      std::vector<Tensor> results{output.y.value.value(), output.state[0], v[0].gradient(), v[1].gradient()};
      if (c.quantized) results.push_back(v[3].gradient());
      return results;
    });
  }
}

TEST_CASE("a_recurrence_refuses_shapes_that_do_not_fit") {
  const std::vector<Var> v = parameters(kCases[0]);
  std::vector<Tensor> state = first_state(RecurrentKind::lstm);
  CHECK_THROWS_WITH(recurrent(RecurrentKind::gru, {v[0], v[1], v[2]}, state, {}, {}),
                    Catch::Contains("expected [T*B, G*H] and [G*H, H] with 3 gates"));
  state.pop_back();
  CHECK_THROWS_WITH(recurrent(RecurrentKind::lstm, {v[0], v[1], {}}, state, {}, {}),
                    Catch::Contains("found 1 tensors of state, expected 2"));
}

}  // namespace nibble::recurrent_test
