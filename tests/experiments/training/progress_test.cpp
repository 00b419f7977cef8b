#include "experiments/training/progress.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <sstream>

namespace nibble::progress_test {

TEST_CASE("progress_line_tells_epoch_loss_and_top1_within_the_width") {
  std::ostringstream screen;
  Progress progress(image_outline(), 3, 10, 0, screen, {.interactive = true, .color = false, .columns = 70});
  for (int step = 0; step < 5; ++step) progress.step(0, 2.0, {50.0}, 128);
  CHECK_THAT(progress.line(0), Catch::StartsWith("epoch 1/3 batch 5/10  loss 2.000  top-1 50.0 %"));
  for (const int columns : {20, 60, 80, 120}) {
    CHECK(progress.line(columns).size() < static_cast<std::size_t>(columns));
    CHECK_THAT(progress.line(columns), Catch::StartsWith("epoch 1/3 "));
  }
  CHECK_THAT(progress.line(120), Catch::Contains("[###############---------------]"));
}

TEST_CASE("progress_line_of_a_language_model_tells_the_perplexity_of_the_mean_loss") {
  std::ostringstream screen;
  Progress progress(text_outline(), 1, 10, 0, screen, {});
  progress.step(0, 1.0, {std::exp(1.0)}, 128);
  progress.step(0, 3.0, {std::exp(3.0)}, 128);
  CHECK_THAT(progress.line(0), Catch::StartsWith("epoch 1/1 batch 2/10  loss 2.000  perplexity 7.4"));
}

TEST_CASE("progress_of_a_resumed_run_counts_from_where_it_stopped") {
  std::ostringstream screen;
  Progress progress(image_outline(), 3, 10, 14, screen, {});
  progress.step(1, 2.0, {50.0}, 128);
  CHECK_THAT(progress.line(0), Catch::StartsWith("epoch 2/3 batch 5/10 "));
}

TEST_CASE("progress_off_a_terminal_writes_plain_lines_only") {
  std::ostringstream screen;
  Progress progress(image_outline(), 1, 10, 0, screen, {.interactive = false, .color = false, .columns = 80});
  for (int step = 0; step < 10; ++step) progress.step(0, 2.0, {50.0}, 128);
  const std::vector<std::string> parts{"loss 2.000", "top-1 50.0 %",
                                       "a part that makes the line longer than 80"};
  progress.epoch(1, parts);
  progress.finish();
  CHECK(screen.str() == "epoch 1/1  loss 2.000  top-1 50.0 %  a part that makes the line longer than 80\n");
}

TEST_CASE("progress_on_a_terminal_takes_its_bar_away") {
  std::ostringstream screen;
  Progress progress(image_outline(), 1, 1'000'000'000, 0, screen,
                    {.interactive = true, .color = false, .columns = 80});
  const auto start = Progress::Clock::now();
  while (Progress::Clock::now() - start < std::chrono::milliseconds(250)) progress.step(0, 2.0, {50.0}, 128);
  REQUIRE_THAT(screen.str(), Catch::Contains("epoch 1/1"));
  progress.finish();
  CHECK_THAT(screen.str(), Catch::EndsWith("\r\033[K"));
}

TEST_CASE("progress_on_a_terminal_tells_of_an_epoch_what_fits_into_a_line") {
  std::ostringstream screen;
  Progress progress(image_outline(), 40, 10, 0, screen, {.interactive = true, .color = false, .columns = 40});
  progress.epoch(3, {"loss 2.000", "top-1 50.0 %", "1133 images/s", "21 s"});
  progress.note("a sentence that is longer than a line of forty columns");
  CHECK(screen.str() ==
        "epoch 3/40  loss 2.000  top-1 50.0 %\na sentence that is longer than a line of\nforty columns\n");
}

}  // namespace nibble::progress_test
