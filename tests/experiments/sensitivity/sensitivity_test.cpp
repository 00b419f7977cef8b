#include "experiments/sensitivity/sensitivity.h"

#include <catch2/catch.hpp>

#include "experiments/results/csv.h"
#include "experiments/sensitivity/sensitivity_plot.h"
#include "experiments/sensitivity/sensitivity_table.h"
#include "layers/models/models.h"
#include "tests/support/small_procedural.h"
#include "tests/support/well_formed.h"

namespace nibble::sensitivity_test {
namespace {

// A network at its first weights, and images.
struct Study {
  std::unique_ptr<Task> task = make_task(open_data(small_procedural(64, 24)), {});
  Network network;
  QuantPolicy policy;

  explicit Study(const std::string& kind, double width = 0)
      : network(build_model({.kind = kind, .width = width}, task->sample_shape(), task->classes(), Rng(3))) {
    policy.method = QuantMethod::learned_scale_shift;
  }
  Sensitivity measure(const SensitivityProgress& progress = {}) {
    const OutputProbe probe(network, *task, 20);
    return measure_sensitivity(network, *task, probe, layer_parts(network, policy), policy.border, 32,
                               progress);
  }
};

}  // namespace

TEST_CASE("signal_to_noise_rises_with_the_bits_of_each_part") {
  for (const char* kind : {"mlp", "resnet8"}) {
    const Sensitivity found = Study(kind).measure();
    CHECK(found.samples == "20 images of the test split");
    CHECK(found.parts.size() >= 6);
    for (const ProbedPart& probed : found.parts) {
      INFO(kind << " " << probed.layer << " " << name(probed.part.kind));
      for (std::size_t b = 1; b < kProbedBits.size(); ++b)
        CHECK(probed.at[b].snr_db() > probed.at[b - 1].snr_db());
      CHECK(probed.at.back().snr_db() > 25);
    }
  }
}

TEST_CASE("a_network_at_nine_tenths_of_the_outputs_has_20_dB") {
  Study study("mlp", 8);
  const OutputProbe probe(study.network, *study.task, 1000);
  CHECK(probe.samples() == 24);  // all there are
  const Deviation same = probe(study.network);
  CHECK(same.noise == 0);
  CHECK(std::isinf(same.snr_db()));
  CHECK(same.metric == probe.float_metric());
  CHECK(same.metric == study.task->evaluate(study.network, EvaluationSplit::watched).metrics.front());
  study.network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (!path.starts_with("fc3/")) return;
    for (Real& v : value.mutable_value()) v *= Real(0.9);
  });
  const Deviation smaller = probe(study.network);
  CHECK(smaller.snr_db() == Approx(20).margin(1e-4));
  CHECK(smaller.metric == same.metric);  // the best class is the same
}

TEST_CASE("outputs_without_a_signal_are_refused") {
  Study study("mlp", 8);
  study.network.parameters([](const std::string& path, ParameterKind, Var& value) {
    if (!path.starts_with("fc3/")) return;
    for (Real& v : value.mutable_value()) v = 0;
  });
  CHECK_THROWS_WITH(OutputProbe(study.network, *study.task, 8),
                    Catch::Contains("sum up to 0, expected a finite sum above 0"));
}

TEST_CASE("a_part_that_was_not_measured_to_the_end_is_left_out") {
  Study study("mlp", 8);
  long calls = 0;
  const Sensitivity found = study.measure([&](const ProbedPart& part, int bits, long done, long all) {
    CHECK(done == calls);
    CHECK(all == 24);
    CHECK(bits == kProbedBits[static_cast<std::size_t>(done) % kProbedBits.size()]);
    if (done == 5) CHECK(part.layer == "fc1");
    return ++calls <= 6;
  });
  REQUIRE(found.parts.size() == 1);
  CHECK(name(found.parts[0].part.kind) == std::string("weight"));
  CHECK(found.parts[0].at.back().noise > 0);
}

TEST_CASE("measurements_are_the_same_each_time_and_are_read_back_from_csv") {
  const Sensitivity found = Study("mlp", 8).measure();
  const Table rows = sensitivity_rows(found);
  const Table read = parse_csv(to_csv(rows), "a.csv");
  CHECK(to_csv(sensitivity_rows(Study("mlp", 8).measure())) == to_csv(rows));
  std::string header;
  for (const TableColumn& column : read.columns) header += column.name + " ";
  CHECK(header == "layer what bits values snr_db top1 ");
  REQUIRE(read.rows.size() == 24);
  CHECK(read.rows[6][0] == "fc1");
  CHECK(read.rows[6][1] == "input");
  CHECK(read.rows[6][2] == "4");
  CHECK(read.rows[6][3] == "768");
  CHECK(std::stod(read.rows[6][4]) == Approx(found.parts[1].at[2].snr_db()).margin(1e-4));
  const Table table = sensitivity_table(found);
  CHECK(table.rows.size() == 6);
  CHECK(table.columns.back().name == "top-1 at 8");
}

TEST_CASE("the_picture_has_a_dot_for_each_measurement_inside_of_its_panels") {
  Sensitivity found = Study("mlp", 8).measure();
  found.parts[0].layer = "a < b & c";
  found.parts[0].at[3].noise = 0;  // infinitely many dB
  const std::string svg = sensitivity_svg(found, "net");
  CHECK(xml_fault(svg) == "");
  CHECK_THAT(svg, Catch::Contains("net: where bits matter") && Catch::Contains("fc1, input, 4 bits: ") &&
                      Catch::Contains("a &lt; b &amp; c, weight, 8 bits: inf dB"));
  std::size_t dots = 0;
  for (std::size_t at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1))
    ++dots;
  CHECK(dots == 24 + kProbedBits.size());  // and the legend
  CHECK(svg.find("cx=\"inf") == std::string::npos);
  found.parts.clear();
  CHECK_THROWS_WITH(sensitivity_svg(found, "net"), "sensitivity: found no measurement to draw");
}

}  // namespace nibble::sensitivity_test
