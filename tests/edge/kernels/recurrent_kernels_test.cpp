// The C cells, called directly, against the fixed-point cells of training.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "core/kernels/recurrent/gate_table.h"
#include "core/kernels/recurrent/recurrent_cell.h"
#include "core/random.h"
#include "edge/kernels/portable/nbl_gru_cell.h"
#include "edge/kernels/portable/nbl_lstm_cell.h"

namespace nibble::edge::recurrent_kernels_test {
namespace {

std::int32_t any16(Rng& rng) {
  switch (rng.below(4)) {
    case 0:
      return rng.below(2) ? -32768 : 32767;
    case 1:
      return static_cast<std::int32_t>(rng.below(2001)) - 1000;
    default:
      return static_cast<std::int32_t>(rng.below(65536)) - 32768;
  }
}

// A layer whose sums are its accumulators, so that a test chooses them.
struct Identity {
  explicit Identity(std::int32_t gates) : mult(static_cast<std::size_t>(gates * kHidden), 1) {
    offset.assign(mult.size(), 0);
    for (int k = 0; k < 15; ++k) thresholds.push_back(static_cast<std::int16_t>(4096 * k - 28672));
    layer = {.in = kHidden,
             .hidden = kHidden,
             .input_weights = nullptr,
             .recurrent_weights = nullptr,
             .input_mult = mult.data(),
             .recurrent_mult = mult.data(),
             .offset = offset.data(),
             .candidate_offset = offset.data(),
             .shift = 0,
             .cell_fraction_bits = 0,
             .steps = 15,
             .thresholds = thresholds.data()};
  }
  static constexpr std::int32_t kHidden = 700;
  std::vector<std::int32_t> mult;
  std::vector<std::int64_t> offset;
  std::vector<std::int16_t> thresholds;
  nbl_recurrent_t layer;
};

// One step of training's cell. Sums and state are integers, which float holds exactly.
struct TrainedStep {
  TrainedStep(kernels::RecurrentKind kind, long hidden)
      : gates(kernels::gates_of(kind)),
        input({gates * hidden}),
        recurrent({gates * hidden}),
        h_before({hidden}),
        c_before({hidden}),
        value({gates * hidden}),
        inner({hidden}),
        h({hidden}),
        c({hidden}) {}
  long gates;
  Tensor input, recurrent, h_before, c_before, value, inner, h, c;

  void run(kernels::RecurrentKind kind, int cell_fraction_bits) {
    const long hidden = h.size();
    kernels::CellStep step;
    step.rows = 1;
    step.hidden = hidden;
    step.units = {0, hidden};
    step.input = input.data();
    step.recurrent = recurrent.data();
    step.h_before = h_before.data();
    step.c_before = c_before.data();
    step.gates = value.data();
    step.inner = inner.data();
    step.h = h.data();
    step.c = c.data();
    kernels::cell_forward(kind, {true, cell_fraction_bits}, step);
  }
};

std::int32_t fixed(Real v, int bits) { return static_cast<std::int32_t>(v * static_cast<Real>(1 << bits)); }
Real real(std::int32_t v, int bits) { return static_cast<Real>(v) / static_cast<Real>(1 << bits); }

}  // namespace

TEST_CASE("c_gate_tables_are_those_of_training") {
  for (std::size_t k = 0; k < 513; ++k) {
    REQUIRE(nbl_sigmoid_table[k] == kernels::sigmoid_table()[k]);
    REQUIRE(nbl_tanh_table[k] == kernels::tanh_table()[k]);
  }
}

TEST_CASE("c_sigmoid_and_tanh_equal_trainings_at_all_65536_arguments") {
  for (std::int32_t z = -32768; z <= 32767; ++z) {
    REQUIRE(nbl_gate_value(nbl_sigmoid_table, z) == kernels::gate_value(kernels::sigmoid_table(), z));
    REQUIRE(nbl_gate_value(nbl_tanh_table, z) == kernels::gate_value(kernels::tanh_table(), z));
  }
}

TEST_CASE("the_c_lstm_cell_equals_trainings_for_every_format_of_c") {
  Rng rng(3);
  Identity one(4);
  const long hidden = Identity::kHidden;
  for (int bits = 0; bits <= 15; ++bits) {
    one.layer.cell_fraction_bits = bits;
    TrainedStep trained(kernels::RecurrentKind::lstm, hidden);
    std::vector<std::int16_t> c, taps(static_cast<std::size_t>(6 * hidden));
    std::vector<std::int32_t> z;
    for (long i = 0; i < 4 * hidden; ++i) {
      z.push_back(any16(rng));
      trained.input[i] = real(z.back(), 12);
    }
    for (long u = 0; u < hidden; ++u) {
      c.push_back(static_cast<std::int16_t>(any16(rng)));
      trained.c_before[u] = real(c.back(), bits);
    }
    trained.run(kernels::RecurrentKind::lstm, bits);
    for (std::int32_t u = 0; u < hidden; ++u) {
      std::int32_t input[4];
      const std::int32_t none[4] = {};
      for (std::int32_t g = 0; g < 4; ++g) input[g] = z[static_cast<std::size_t>(g * hidden + u)];
      const int code = nbl_lstm_unit(&one.layer, u, input, none, c.data(), taps.data());
      for (std::int32_t g = 0; g < 4; ++g)
        REQUIRE(taps[static_cast<std::size_t>(g * hidden + u)] == fixed(trained.value[g * hidden + u], 15));
      REQUIRE(c[static_cast<std::size_t>(u)] == fixed(trained.c[u], bits));
      REQUIRE(taps[static_cast<std::size_t>(4 * hidden + u)] == c[static_cast<std::size_t>(u)]);
      const std::int32_t h = taps[static_cast<std::size_t>(5 * hidden + u)];
      REQUIRE(h == fixed(trained.h[u], 15));
      REQUIRE(code == std::count_if(one.thresholds.begin(), one.thresholds.end(),
                                    [&](std::int16_t threshold) { return threshold <= h; }));
    }
  }
}

TEST_CASE("the_c_gru_cell_equals_trainings") {
  Rng rng(4);
  Identity one(3);
  const long hidden = Identity::kHidden;
  for (int trial = 0; trial < 10; ++trial) {
    TrainedStep trained(kernels::RecurrentKind::gru, hidden);
    std::vector<std::int16_t> h, taps(static_cast<std::size_t>(5 * hidden));
    std::vector<std::int32_t> x, r;
    for (long i = 0; i < 3 * hidden; ++i) {
      x.push_back(any16(rng));
      r.push_back(any16(rng));
      trained.input[i] = real(x.back(), 12);
      trained.recurrent[i] = real(r.back(), 12);
    }
    for (long u = 0; u < hidden; ++u) {
      h.push_back(static_cast<std::int16_t>(any16(rng)));
      trained.h_before[u] = real(h.back(), 15);
    }
    trained.run(kernels::RecurrentKind::gru, 0);
    for (std::int32_t u = 0; u < hidden; ++u) {
      std::int32_t input[3], recurrent[3];
      for (std::int32_t g = 0; g < 3; ++g) {
        input[g] = x[static_cast<std::size_t>(g * hidden + u)];
        recurrent[g] = r[static_cast<std::size_t>(g * hidden + u)];
      }
      nbl_gru_unit(&one.layer, u, input, recurrent, h.data(), taps.data());
      for (std::int32_t g = 0; g < 3; ++g)
        REQUIRE(taps[static_cast<std::size_t>(g * hidden + u)] == fixed(trained.value[g * hidden + u], 15));
      REQUIRE(taps[static_cast<std::size_t>(3 * hidden + u)] == fixed(trained.inner[u], 12));
      REQUIRE(h[static_cast<std::size_t>(u)] == fixed(trained.h[u], 15));
      REQUIRE(taps[static_cast<std::size_t>(4 * hidden + u)] == h[static_cast<std::size_t>(u)]);
    }
  }
}

TEST_CASE("a_code_of_h_is_the_number_of_thresholds_reached") {
  const std::vector<std::int16_t> thresholds{-32768, -5, 0, 0, 7, 32767};
  nbl_recurrent_t layer{};
  layer.thresholds = thresholds.data();
  layer.steps = 6;
  for (std::int32_t h = -32768; h <= 32767; ++h) {
    const auto reached = std::count_if(thresholds.begin(), thresholds.end(), [&](int t) { return t <= h; });
    REQUIRE(nbl_hidden_code(&layer, h) == reached);
  }
}

}  // namespace nibble::edge::recurrent_kernels_test
