#include "bench/contest.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "experiments/launch/child_process.h"
#include "tests/support/temporary_directory.h"

namespace nibble::bench::contest_test {
namespace {

const BenchNet kNet{"resnet20", 128, 32, 10};

Attempt said(const std::string& contestant, double per_s, double mib) {
  Attempt attempt;
  attempt.contestant = contestant;
  attempt.per_s = per_s;
  attempt.peak_mib = mib;
  return attempt;
}

Attempt failed(const std::string& contestant) {
  Attempt attempt;
  attempt.contestant = contestant;
  attempt.failure = "exit code 1";
  return attempt;
}

Contestant shell(const std::string& script) { return {"shell", {"/bin/sh", "-c", script}, true}; }

}  // namespace

TEST_CASE("contest_starts_ours_in_each_mode_and_every_variant_of_the_peer") {
  ContestOptions options{.train_step = "/ours", .peer = "/peer.py", .threads = 2, .steps = 7};
  std::vector<std::string> names;
  for (const Contestant& c : contestants(kNet, options)) names.push_back(c.name);
  CHECK(names == std::vector<std::string>{"nibble float", "float-tuned", "float-bf16", "float-default",
                                          "nibble w4a4", "4bit-tuned", "4bit-bf16"});
  CHECK(contestants(kNet, options)[1].command ==
        std::vector<std::string>{"/usr/bin/python3", "/peer.py", "--model", "resnet20", "--quant", "none",
                                 "--channels-last", "--malloc", "tuned", "--batch", "128", "--steps", "7",
                                 "--threads", "2"});
  options.peer.clear();
  CHECK(contestants(kNet, options).size() == 2);
}

TEST_CASE("contest_starts_a_peer_of_this_repository_with_flags_that_it_knows") {
  const ContestOptions options{.train_step = "/ours",
                               .peer = NIBBLE_SOURCE_DIR "/bench/peers/torch_train_step.py"};
  const CapturedChild help =
      run_captured({"/bin/sh", "-c", "exec /usr/bin/python3 '" + options.peer + "' --help"});
  if (help.result.exit_code == 127) {
    WARN("skipped: there is no /usr/bin/python3");
    return;
  }
  REQUIRE(help.result.exit_code == 0);
  for (const BenchNet& net : bench_nets()) CHECK_THAT(help.output, Catch::Contains(net.name));
  for (const Contestant& peer : contestants(kNet, options)) {
    if (!peer.is_peer) continue;
    CHECK(peer.command.at(1) == options.peer);
    for (const std::string& word : peer.command)
      if (word.starts_with("--"))
        CHECK_THAT(help.output, Catch::Contains(word + " ") || Catch::Contains(word + "]"));
  }
}

TEST_CASE("contest_reads_the_last_line_of_a_contestant") {
  const Attempt good =
      attempt(shell("echo hello; echo '{\"images_per_s\": 12.5, \"peak_rss_mib\": 300}'"), 3);
  CHECK(good.failure.empty());
  CHECK(good.per_s == 12.5);
  CHECK(good.peak_mib == 300);
  CHECK(good.round == 3);
  CHECK(good.line == "{\"images_per_s\": 12.5, \"peak_rss_mib\": 300}");
  CHECK(attempt(shell("exit 3"), 1).failure == "exit code 3");
  CHECK_THAT(attempt(shell("echo hello"), 1).failure, Catch::Contains("no JSON"));
  CHECK_THAT(attempt(shell("echo '{\"images_per_s\": 1}'"), 1).failure, Catch::Contains("no JSON"));
}

TEST_CASE("contest_goes_round_by_round_and_refuses_a_failure_of_ours") {
  const TemporaryDirectory directory;
  const std::string ours = (directory / "ours").string();
  write_file(ours, "#!/bin/sh\necho '{\"images_per_s\": 5, \"peak_rss_mib\": 1}'\n");
  chmod(ours.c_str(), 0755);
  std::vector<std::string> heard;
  const ContestOptions options{.train_step = ours, .peer = "", .threads = 1, .steps = 1, .rounds = 2};
  const auto attempts = hold_contest(
      kNet, options, [&](const Attempt& a) { heard.push_back(str(a.round, " ", a.contestant)); });
  CHECK(heard ==
        std::vector<std::string>{"1 nibble float", "1 nibble w4a4", "2 nibble float", "2 nibble w4a4"});
  CHECK(attempts.size() == 4);

  write_file(ours, "#!/bin/sh\nexit 1\n");
  CHECK_THROWS_WITH(hold_contest(kNet, options, [](const Attempt&) {}),
                    "nibble float on resnet20: exit code 1");
}

TEST_CASE("contest_summary_takes_medians_and_the_largest_memory") {
  const ContestOptions options{.train_step = "", .peer = "/peer.py", .threads = 2};
  const auto rows =
      summarize(kNet, options,
                {said("nibble float", 10, 100), said("float-tuned", 5, 400), said("nibble float", 30, 120),
                 said("float-tuned", 4, 500), said("nibble float", 20, 110), said("float-tuned", 3, 450),
                 failed("float-bf16")},
                "abc");
  REQUIRE(rows.size() == 3);  // no figures of w4a4
  CHECK(rows[0].peer == "float-tuned");
  CHECK(rows[0].nibble_per_s == 20);
  CHECK(rows[0].peer_per_s == 4);
  CHECK(rows[0].ratio() == 5);
  CHECK(rows[0].nibble_peak_mib == 120);
  CHECK(rows[0].peer_peak_mib == 500);
  CHECK(rows[1].peer == "float-bf16");  // named, though it failed
  CHECK(std::isnan(rows[1].peer_per_s));
}

TEST_CASE("contest_summary_has_one_row_a_mode_without_a_peer") {
  const ContestOptions options{.train_step = "", .peer = "", .threads = 2};
  const auto rows =
      summarize(kNet, options, {said("nibble float", 10, 100), said("nibble w4a4", 20, 90)}, "abc");
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].mode == "w4a4");
  CHECK(rows[1].peer.empty());
  CHECK(std::isnan(rows[1].ratio()));
}

}  // namespace nibble::bench::contest_test
