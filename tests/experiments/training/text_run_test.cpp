// Whole runs of language models by the built program, as a user starts them.

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>

#include "experiments/results/results_file.h"
#include "experiments/training/loaded_run.h"
#include "tests/support/damage.h"
#include "tests/support/program.h"
#include "tests/support/temporary_directory.h"

namespace nibble::text_run_test {
namespace {

struct Outcome {
  int exit_code = 0;
  std::string output;  // and errors
};

Outcome nibble_program(const TemporaryDirectory& directory, const std::string& arguments) {
  const std::string log = (directory / "log").string();
  const std::string command = str("cd '", directory.path().string(), "' && '", program_path(), "' ",
                                  arguments, " >'", log, "' 2>&1 </dev/null");
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(log)};
}

const char* const kStories =
    "[dataset]\nkind = procedural_text\ntrain_samples = 12000\ntest_samples = 1500\n"
    "[model]\nkind = lstm\nwidth = 32\n[train]\nepochs = 4\nbatch = 10\nunroll = 10\nlearning_rate = 10\n"
    "momentum = 0\nnesterov = off\nweight_decay = 0\nclip_norm = 0.25\nschedule = step\nmilestones = 2, 3\n"
    "step_factor = 0.3\n";

// Of a model that knows how often each word occurs, and nothing else; each has been seen once more than it
// was, so that none is impossible.
double unigram_perplexity(const Corpus& corpus) {
  std::vector<double> counts(static_cast<std::size_t>(corpus.vocabulary.size()), 1);
  for (const int token : corpus.train) ++counts[static_cast<std::size_t>(token)];
  const double all = static_cast<double>(corpus.train.size() + corpus.vocabulary.size());
  double loss = 0;
  for (const int token : corpus.test) loss -= std::log(counts[static_cast<std::size_t>(token)] / all);
  return std::exp(loss / static_cast<double>(corpus.test.size()));
}

double perplexity(LoadedRun& run) {
  return run.task->evaluate(run.network, EvaluationSplit::test).metrics.front();
}

RunRecord record_of(const TemporaryDirectory& directory, const std::string& run) {
  return read_run((directory / ("runs/" + run) / "run.h5").string());
}

LoadedRun loaded(const TemporaryDirectory& directory, const std::string& run) {
  return load_run((directory / ("runs/" + run)).string());
}

void check_float_run(const TemporaryDirectory& directory, double unigram) {
  const RunRecord record = record_of(directory, "float");
  LoadedRun run = loaded(directory, "float");
  CHECK(record.figure(Arithmetic::floating) < 0.4 * unigram);
  CHECK(record.figure(Arithmetic::floating) == Approx(perplexity(run)));
  CHECK(record.task == text_outline());
  CHECK(record.epochs.watched_loss.size() == 4);
  CHECK(record.epochs.watched_loss.back() < record.epochs.watched_loss.front());
  CHECK(record.steps.samples_per_second.size() == record.steps.step.size());
  CHECK(record.epochs.train_loss.back() > 0.5);
  CHECK_THAT(read_file(directory / "runs/float/log.txt"),
             Catch::Contains("epoch=1 step=") && Catch::Contains(" ppl=") &&
                 Catch::Contains(" valid_loss=") && Catch::Contains(" valid_ppl=") &&
                 Catch::Contains(" lr=10 tokens/s="));
}

void check_quantized_run(const TemporaryDirectory& directory, const std::string& scope, double unigram) {
  INFO(scope);
  write_file(directory / (scope + ".ini"),
             str("include = float.ini\n[model]\nstart_from = runs/float\n[quant]\nmethod = "
                 "learned_scale_shift\nfirst_and_last_bits = 4\nscope = ",
                 scope, "\n[train]\nepochs = 2\nlearning_rate = 2\nmilestones = 1\n"));
  const Outcome tuned = nibble_program(directory, "train " + scope + ".ini");
  INFO(tuned.output);
  REQUIRE(tuned.exit_code == 0);
  const double real = record_of(directory, "float").figure(Arithmetic::floating);
  const RunRecord record = record_of(directory, scope);
  const double quantized = record.figure(Arithmetic::quantized);
  CHECK(record.figure(Arithmetic::floating) == real);  // of what it started from
  CHECK(quantized < 0.4 * unigram);
  CHECK(quantized < 1.3 * real);
  if (scope == "products") {
    CHECK(std::isnan(record.figure(Arithmetic::integer)));
  } else {
    CHECK(record.figure(Arithmetic::integer) == Approx(quantized).epsilon(0.01));
  }
  LoadedRun run = loaded(directory, scope);
  CHECK(quantized == Approx(perplexity(run)));
  CHECK(run.task->has_integers(run.config.quant) == (scope == "all"));
}

// From the float run's scores instead of labels.
void check_taught_run(const TemporaryDirectory& directory) {
  const Outcome taught =
      nibble_program(directory, "train all.ini --run.name=taught --train.teacher=runs/float");
  INFO(taught.output);
  REQUIRE(taught.exit_code == 0);
  const RunRecord pupil = record_of(directory, "taught");
  CHECK(pupil.figure(Arithmetic::quantized) <
        1.3 * record_of(directory, "float").figure(Arithmetic::floating));
  CHECK(pupil.epochs.train_loss.back() < 0.2);  // a divergence; the labels' loss is far larger
}

// Not trained at all: what is recorded is what is loaded, and that lies on its grids.
void check_calibrated_run(const TemporaryDirectory& directory, const std::string& rounding) {
  INFO(rounding);
  const Outcome calibrated = nibble_program(
      directory, "calibrate all.ini --run.name=" + rounding + " --quant.weight_rounding=" + rounding);
  INFO(calibrated.output);
  REQUIRE(calibrated.exit_code == 0);
  LoadedRun run = loaded(directory, rounding);
  CHECK(record_of(directory, rounding).figure(Arithmetic::quantized) == Approx(perplexity(run)));
  const auto& scores = std::get<Linear>(run.network.nodes().back().layer);
  const Tensor behind = nibble::apply(*scores.weight_quantizer, scores.weight).value.value();
  CHECK(std::equal(behind.begin(), behind.end(), scores.weight.value().begin()) ==
        (rounding == "compensated"));
}

void check_evaluate_and_verify(const TemporaryDirectory& directory) {
  const std::string figures = nibble_program(directory, "evaluate runs/all").output;
  CHECK_THAT(figures, Catch::StartsWith("runs/all: procedural_text, "));
  for (const char* arithmetic : {"float", "quantized", "integer"})
    CHECK_THAT(figures, Catch::Contains(str("\n", arithmetic, " perplexity: valid ")));
  CHECK_THAT(nibble_program(directory, "evaluate runs/products").output, !Catch::Contains("integer"));

  const Outcome verified = nibble_program(directory, "verify runs/all --images 120 --c-images 30");
  INFO(verified.output);
  CHECK_THAT(verified.output,
             Catch::Contains("120 of 120 tokens: 0 differences") && Catch::Contains("120 tokens, ") &&
                 Catch::Contains(" gates, states, codes and scores: 0 differences between "));
}

void check_generate(const TemporaryDirectory& directory) {
  const std::string generate = "generate runs/all --words 12 --prompt 'anna was a'";
  const Outcome both = nibble_program(directory, generate),
                integers = nibble_program(directory, generate + " --integer");
  CHECK(both.exit_code == 0);
  CHECK_THAT(both.output, Catch::StartsWith("quantized\nanna was a ") &&
                              Catch::EndsWith("\n\ninteger\n" + integers.output));
  CHECK_THAT(integers.output, Catch::StartsWith("anna was a "));
  const Outcome none = nibble_program(directory, "generate runs/products --integer");
  CHECK(none.exit_code == 1);
  CHECK_THAT(none.output, Catch::StartsWith("nibble: runs/products: has no integers, expected "));
}

}  // namespace

TEST_CASE("a_language_model_learns_in_float_and_then_at_4_bits", "[once]") {
  const TemporaryDirectory directory;
  write_file(directory / "float.ini", kStories);
  const Outcome trained = nibble_program(directory, "train float.ini");
  INFO(trained.output);
  REQUIRE(trained.exit_code == 0);
  CHECK_THAT(trained.output, Catch::Contains("float: test perplexity  float "));
  const DatasetOptions dataset = loaded(directory, "float").config.dataset;
  const double unigram = unigram_perplexity(std::get<Corpus>(open_data(dataset)));
  check_float_run(directory, unigram);
  for (const char* scope : {"products", "all"}) check_quantized_run(directory, scope, unigram);
  check_taught_run(directory);
  for (const char* rounding : {"nearest", "compensated"}) check_calibrated_run(directory, rounding);
  check_evaluate_and_verify(directory);
  check_generate(directory);

  const Outcome table = nibble_program(directory, "summarize runs");
  CHECK(table.exit_code == 0);
  CHECK_THAT(read_file(directory / "runs/summary.csv"),
             Catch::StartsWith("run,model,method,weight_bits,activation_bits,scope,") &&
                 Catch::Contains("\nproducts,lstm,learned_scale_shift,4,4,products,1,2,") &&
                 Catch::Contains("\nfloat,lstm,none,32,32,,1,4,"));
}

TEST_CASE("the_program_tells_a_text_and_refuses_words_that_it_does_not_know") {
  const TemporaryDirectory directory;
  write_file(directory / "float.ini", kStories);
  REQUIRE(nibble_program(directory, "train float.ini --train.epochs 1 --train.milestones=1").exit_code == 0);
  const std::string generate = "generate runs/float --words 30 --prompt 'anna was a '";
  const Outcome text = nibble_program(directory, generate);
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Catch::StartsWith("anna was a ") && Catch::EndsWith("\n"));
  CHECK(nibble_program(directory, generate).output == text.output);
  CHECK(nibble_program(directory, generate + " --seed 2").output != text.output);
  const Outcome unknown = nibble_program(directory, "generate runs/float --prompt 'anna was a sailro'");
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.output ==
        "nibble: generate: found 'sailro' in the prompt, expected words of the training text; did you mean "
        "'sailor'?\n");
}

TEST_CASE("a_language_model_is_not_loaded_on_another_vocabulary") {
  const TemporaryDirectory directory;
  const std::filesystem::path text = directory / "text";
  std::filesystem::create_directories(text);
  const auto write_text = [&](const std::string& animal) {
    for (const char* split : {"train.txt", "valid.txt", "test.txt"}) {
      std::string lines;
      for (int i = 0; i < 20; ++i) lines += "the " + animal + " sat on the mat\n";
      write_file(text / split, lines);
    }
  };
  write_text("cat");
  write_file(directory / "a.ini",
             str("[dataset]\nkind = text\npath = ", text.string(),
                 "\n[model]\nkind = gru\nwidth = 4\n[train]\nepochs = 1\nbatch = 2\nunroll = 5\n"));
  const Outcome trained = nibble_program(directory, "train a.ini");
  INFO(trained.output);
  REQUIRE(trained.exit_code == 0);
  const std::string run = (directory / "runs/a").string();
  CHECK(error_of([&] { load_run(run); }).empty());

  write_text("dog");  // as many words, and one is another
  CHECK_THAT(
      error_of([&] { load_run(run); }),
      Catch::EndsWith("checkpoint/last.h5: was trained on 6 words that are not the 6 words of the data "
                      "that its config names; expected the same text"));
  // Nor is its training gone on with, or another one started from it.
  std::filesystem::remove(std::filesystem::path(run) / "DONE");
  CHECK_THAT(nibble_program(directory, "train a.ini").output, Catch::Contains("expected the same text"));
  write_file(directory / "b.ini", "include = a.ini\n[model]\nstart_from = runs/a\n");
  CHECK_THAT(nibble_program(directory, "train b.ini").output, Catch::Contains("expected the same text"));
  write_text("small cat");
  CHECK_THAT(error_of([&] { load_run(run); }), Catch::Contains("are not the 7 words of the data"));
}

}  // namespace nibble::text_run_test
