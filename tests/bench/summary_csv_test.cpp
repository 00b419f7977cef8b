#include "bench/summary_csv.h"

#include <catch2/catch.hpp>
#include <limits>

namespace nibble::bench::summary_csv_test {
namespace {

SummaryRow row(const std::string& net, const std::string& mode, const std::string& peer, double ours,
               double theirs) {
  return {.net = net,
          .batch = 16,
          .threads = 2,
          .mode = mode,
          .nibble_per_s = ours,
          .peer = peer,
          .peer_per_s = theirs,
          .nibble_peak_mib = 300,
          .peer_peak_mib = 600,
          .revision = "abc"};
}

const std::string kHeader =
    "net,batch,threads,mode,nibble_per_s,peer,peer_per_s,ratio,nibble_peak_mib,peer_peak_mib,revision\n";
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("summary_writes_a_line_a_row_and_leaves_what_was_not_measured_empty") {
  SummaryRow alone = row("resnet20", "float", "", 700, kNaN);
  alone.peer_peak_mib = kNaN;
  CHECK(summary_csv({row("resnet18", "w4a4", "4bit-tuned", 30, 15), alone}) ==
        kHeader + "resnet18,16,2,w4a4,30.0,4bit-tuned,15.0,2.00,300.0,600.0,abc\n" +
            "resnet20,16,2,float,700.0,,,,300.0,,abc\n");
}

TEST_CASE("summary_reads_back_what_it_wrote") {
  const std::string text =
      summary_csv({row("resnet18", "w4a4", "4bit-tuned", 30, 15), row("resnet20", "float", "", 7, kNaN)});
  CHECK(summary_csv(parse_summary(text, "a.csv")) == text);
}

TEST_CASE("summary_names_the_line_that_is_wrong") {
  CHECK_THROWS_WITH(parse_summary("net,batch\n", "a.csv"), Catch::Contains("a.csv:1: found 'net,batch'"));
  CHECK_THROWS_WITH(parse_summary(kHeader + "resnet20,16\n", "a.csv"),
                    Catch::Contains("a.csv:2: found 2 columns, expected 11"));
  CHECK_THROWS_WITH(parse_summary(kHeader + "resnet20,many,2,float,1,,,,1,,abc\n", "a.csv"),
                    Catch::Contains("a.csv:2: found 'many', expected a number"));
}

TEST_CASE("summary_merge_replaces_equal_contests_in_place_and_appends_new_ones") {
  const auto old = std::vector{row("resnet20", "float", "float-tuned", 1, 1),
                               row("resnet18", "float", "float-tuned", 2, 1)};
  const auto merged = merge_summaries(
      old, {row("resnet20", "w4a4", "4bit-tuned", 4, 1), row("resnet20", "float", "float-tuned", 3, 1)});
  REQUIRE(merged.size() == 3);
  CHECK(merged[0].nibble_per_s == 3);
  CHECK(merged[1].net == "resnet18");
  CHECK(merged[2].mode == "w4a4");
  SummaryRow more_threads = row("resnet20", "float", "float-tuned", 5, 1);
  more_threads.threads = 4;
  CHECK(merge_summaries(merged, {more_threads}).size() == 4);
}

TEST_CASE("summary_merge_drops_a_row_without_peer_where_peers_come") {
  const auto old = std::vector{row("resnet20", "float", "", 1, kNaN), row("resnet20", "w4a4", "", 1, kNaN)};
  const auto merged = merge_summaries(old, {row("resnet20", "float", "float-tuned", 2, 1)});
  REQUIRE(merged.size() == 2);
  CHECK(merged[0].mode == "w4a4");
  CHECK(merged[1].peer == "float-tuned");
}

}  // namespace nibble::bench::summary_csv_test
