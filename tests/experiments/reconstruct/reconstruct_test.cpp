#include "experiments/reconstruct/reconstruct.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "core/parallel.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/layers/support.h"
#include "tests/support/temporary_directory.h"

namespace nibble::reconstruct_test {
namespace {

constexpr long kSide = 16, kPictures = 40;

// Neighbouring pixels are alike, as in pictures.
Tensor pictures() {
  Tensor x = random_tensor({kPictures, kSide, kSide, 3}, 5);
  for (long i = 3; i < x.size(); ++i) x[i] = Real(0.8) * x[i - 3] + Real(0.6) * x[i];
  return x;
}

Network float_net() {
  return build_model({.kind = "resnet8", .activation = ActivationKind::swish}, {kSide, kSide, 3}, 10, Rng(3));
}

Network quantized_net(QuantMethod method = QuantMethod::learned_scale_shift) {
  Network net = float_net();
  QuantPolicy how = policy(method);
  how.weight_bits = 3;
  quantize(net, how);
  initialize_quantizers(net, pictures(), 0, true);
  return net;
}

ReconstructConfig options(int iterations = 15) {
  ReconstructConfig config;
  config.what = Reconstruct::blocks_then_net;
  config.iterations = iterations;
  config.net_iterations = 10;
  config.batch = 8;
  config.learning_rate = 0.02;
  config.grid_learning_rate = 2e-3;
  config.float_share = 0.5;
  return config;
}

struct Outcome {
  bool finished = false;
  std::vector<BlockReport> reports;
  std::map<std::string, Tensor> values, behind_second;  // at the end, and when two blocks were done
  std::map<std::string, std::pair<long, long>> steps;  // by stage: those that began, and what was said of all
};

std::shared_ptr<MappedRows> pictures_in(const TemporaryDirectory& directory) {
  const Tensor all = pictures();
  const Shape& shape = all.shape();
  auto rows =
      std::make_shared<MappedRows>(directory.path().string(), shape[0], Shape{shape[1], shape[2], shape[3]});
  rows->write(0, all);
  return rows;
}

// stop_in: the block in which somebody asks to stop; −1: nobody does.
Outcome run(Network& net, std::size_t done = 0, int stop_in = -1,
            const ReconstructConfig& config = options()) {
  const TemporaryDirectory directory;
  const Network real = float_net();
  Outcome outcome;
  const ReconstructionEvents events{
      .keep_on = [&] { return stop_in < 0 || outcome.reports.size() < static_cast<std::size_t>(stop_in); },
      .step =
          [&](const std::string& stage, long, long steps) {
            ++outcome.steps[stage].first;
            outcome.steps[stage].second = steps;
          },
      .block_done =
          [&](const BlockReport& report) {
            outcome.reports.push_back(report);
            if (report.number == 2) outcome.behind_second = state(net);
          }};
  outcome.finished = reconstruct(net, real, pictures_in(directory), config, Rng(11), done,
                                 directory.path().string(), events);
  outcome.values = state(net);
  return outcome;
}

void check_same(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [name, value] : a) {
    INFO(name);
    CHECK(values(value) == values(b.at(name)));
  }
}

double distance(Network& net, const std::vector<Real>& wanted) {
  const std::vector<Real> found = evaluated(net, pictures());
  double sum = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    sum += std::pow(static_cast<double>(found[i] - wanted[i]), 2);
  return sum / static_cast<double>(found.size());
}

}  // namespace

TEST_CASE("reconstruction_brings_every_block_and_the_scores_nearer_to_the_float_net") {
  ReconstructConfig config = options(60);
  config.products = GENERATE(kernels::Precision::bfloat16, kernels::Precision::float32);
  config.float_share = GENERATE(0.0, 0.5);
  Network real = float_net(), net = quantized_net();
  const std::vector<Real> wanted = evaluated(real, pictures());
  const double before = distance(net, wanted);
  const Outcome outcome = run(net, 0, -1, config);
  REQUIRE(outcome.finished);
  REQUIRE(outcome.reports.size() == 5);
  for (const BlockReport& report : outcome.reports) {
    INFO(report.name << ": " << report.errors.nearest << " and " << report.errors.learned);
    CHECK(report.errors.learned < report.errors.nearest);
    // The first and the last layer have 8 bits, and each is a block of its own.
    const bool many_codes = report.number == 1 || report.number == 5;
    const long steps = many_codes ? 15 : 60;
    CHECK(outcome.steps.at(report.name) == std::pair(steps, steps));
  }
  CHECK(distance(net, wanted) < 0.5 * before);
}

TEST_CASE("the_last_block_of_several_outputs_leaves_them_all") {
  const auto net_with = [](bool quantized) {
    Network net(Rng(3));
    const auto conv = [&](const char* name, int channels, NodeRef x, int stride = 1) {
      return net.add(
          name,
          Conv2dOptions{
              .out_channels = channels, .kernel = {3, 3}, .stride = {stride, stride}, .padding = {1, 1}},
          {x});
    };
    const NodeRef trunk = conv("0/conv", 6, net.add_input("input", {kSide, kSide, 3}));
    const NodeRef coarse = conv("1/conv", 8, net.add("1/act", ActivationOptions{}, {trunk}), 2);
    const NodeRef first = conv("2/conv", 4, coarse), second = conv("3/conv", 4, coarse, 2);
    net.set_outputs({first, second});
    if (!quantized) return net;
    QuantPolicy how = policy(QuantMethod::learned_scale_shift);
    how.weight_bits = 3;
    quantize(net, how);
    initialize_quantizers(net, pictures(), 0, true);
    return net;
  };
  Network net = net_with(true);
  const Network real = net_with(false);
  REQUIRE(find_blocks(net).size() == find_blocks(real).size());
  REQUIRE(find_blocks(real).size() > 1);
  const TemporaryDirectory directory;
  std::vector<BlockReport> reports;
  const ReconstructionEvents events{
      .keep_on = [] { return true; },
      .step = [](const std::string&, long, long) {},
      .block_done = [&](const BlockReport& report) { reports.push_back(report); }};
  REQUIRE(reconstruct(net, real, pictures_in(directory), options(60), Rng(11), 0, directory.path().string(),
                      events));
  REQUIRE(reports.size() == find_blocks(real).size());
  CHECK(reports.back().errors.learned < reports.back().errors.nearest);
}

TEST_CASE("a_reconstruction_is_the_same_bits_on_any_number_of_threads") {
  const int before = threads();
  set_threads(1);
  Network alone = quantized_net();
  const Outcome one = run(alone);
  set_threads(3);
  Network together = quantized_net();
  const Outcome three = run(together);
  set_threads(before);
  check_same(one.values, three.values);
}

TEST_CASE("a_reconstruction_that_was_stopped_goes_on_to_the_same_bits") {
  Network whole = quantized_net(), parts = quantized_net();
  const Outcome wanted = run(whole);
  const Outcome stopped = run(parts, 0, 2);
  CHECK_FALSE(stopped.finished);
  REQUIRE(stopped.reports.size() == 2);
  // As from a checkpoint that was written behind the second block.
  Network resumed = quantized_net();
  resumed.parameters([&](const std::string& name, ParameterKind, Var& value) {
    value.mutable_value() = stopped.behind_second.at(name).clone();
  });
  const Outcome rest = run(resumed, 2);
  CHECK(rest.finished);
  check_same(rest.values, wanted.values);
}

TEST_CASE("blocks_that_learning_makes_worse_keep_their_nearest_codes_and_scales") {
  Network net = quantized_net();
  const std::map<std::string, Tensor> before = state(net);
  ReconstructConfig config = options();
  config.what = Reconstruct::blocks;
  config.iterations = 3;
  config.learning_rate = 1e-9;
  config.grid_learning_rate = 5;  // away from every useful scale
  const Outcome outcome = run(net, 0, -1, config);
  REQUIRE(outcome.finished);
  REQUIRE(outcome.reports.size() == 5);
  for (const BlockReport& report : outcome.reports) {
    INFO(report.name << ": " << report.errors.nearest << " and " << report.errors.learned);
    CHECK(report.errors.kept_nearest());
  }
  check_same(outcome.values, before);
}

TEST_CASE("a_reconstruction_that_is_done_is_not_done_again") {
  Network net = quantized_net();
  const std::map<std::string, Tensor> before = state(net);
  const Outcome outcome = run(net, 6);
  CHECK(outcome.finished);
  CHECK(outcome.reports.empty());
  check_same(outcome.values, before);
}

TEST_CASE("reconstruction_names_the_block_where_a_method_has_no_plain_grid") {
  Network net = quantized_net(QuantMethod::dorefa);
  CHECK_THROWS_WITH(run(net), Catch::Contains("block 'conv1'") && Catch::Contains("no plain grid"));
}

}  // namespace nibble::reconstruct_test
