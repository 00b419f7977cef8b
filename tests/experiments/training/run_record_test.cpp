#include "experiments/training/run_record.h"

#include <catch2/catch.hpp>

#include "experiments/results/results_file.h"
#include "tests/support/temporary_directory.h"

namespace nibble::run_record_test {

TEST_CASE("histograms_of_epochs_share_a_grid_that_holds_all_their_codes") {
  const TemporaryDirectory directory;
  RunRecord record;
  record_quantizers(record, {{"fc/weight", {{0.5, 0.25}, {0, 0}, {-2, {1, 2, 3}}}}});
  record_quantizers(record, {{"fc/weight", {{0.5, 0.125}, {0, 0}, {-1, {4, 5, 6}}}}});
  record_quantizers(record, {{"fc/weight", {{0.5, 0.5}, {0, 0}, {0, {15}}}}});
  const QuantizerRecord& weight = record.quantizers.at("fc/weight");
  CHECK(weight.scale == std::vector<std::vector<double>>{{0.5, 0.25}, {0.5, 0.125}, {0.5, 0.5}});
  CHECK(weight.codes_by_epoch ==
        std::vector<CodeHistogram>{{-2, {1, 2, 3, 0}}, {-2, {0, 4, 5, 6}}, {-2, {0, 0, 15, 0}}});
  CHECK(weight.codes == weight.codes_by_epoch.back());
  const std::string path = directory / "run.h5";
  write_run(path, record);
  CHECK(read_run(path).quantizers == record.quantizers);
}

TEST_CASE("a_record_that_an_old_program_began_goes_on_with_every_channel") {
  const TemporaryDirectory directory;
  RunRecord record;  // a mean an epoch, and the last histogram alone
  record.quantizers["fc/weight"] = {
      .scale = {{0.375}, {0.25}}, .shift = {{0}, {0}}, .codes = {-1, {1, 1}}, .codes_by_epoch = {}};
  record_quantizers(record, {{"fc/weight", {{0.5, 0.25}, {0, 0}, {-2, {1, 2, 3}}}}});
  const QuantizerRecord& weight = record.quantizers.at("fc/weight");
  CHECK(weight.scale == std::vector<std::vector<double>>{{0.375, 0.375}, {0.25, 0.25}, {0.5, 0.25}});
  CHECK(weight.codes_by_epoch == std::vector<CodeHistogram>{{-2, {1, 2, 3}}});
  write_run(directory / "run.h5", record);
  CHECK(read_run(directory / "run.h5").quantizers == record.quantizers);
}

TEST_CASE("final_figures_are_told_by_metric_and_arithmetic") {
  RunRecord images;
  images.set_figures(Arithmetic::floating, {91.25});
  images.set_figures(Arithmetic::integer, {90.5});
  CHECK(figures_line(images) == "top-1  float 91.25 %  integer 90.5 %");
  RunRecord text;
  text.task = text_outline();
  text.set_figures(Arithmetic::quantized, {92.5});
  CHECK(figures_line(text) == "test perplexity  quantized 92.5");
}

}  // namespace nibble::run_record_test
