#include "experiments/training/part_crew.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "core/parallel.h"
#include "experiments/training/training_checkpoint.h"
#include "tests/support/small_network.h"
#include "tests/support/small_procedural.h"
#include "tests/support/thread_ranks.h"

namespace nibble::part_crew_test {
namespace {

using Weights = std::map<std::string, Tensor>;

struct Learner {
  std::unique_ptr<Task> task;
  ModelOptions model;
  QuantMethod method = QuantMethod::learned_scale_shift;
  TrainConfig config;

  Network network() const { return small_network(*task, model, method); }
};

Learner images(const std::string& kind, QuantMethod method) {
  Learner learner;
  learner.task = image_task(open_images(small_procedural(96, 16)));
  learner.model = {.kind = kind, .activation = ActivationKind::swish};
  learner.method = method;
  learner.config.epochs = 2;
  learner.config.batch = 16;
  learner.config.parts = 4;
  learner.config.clip_norm = 1;
  learner.config.weight_average = 0.9;
  return learner;
}

// The trainers of the parts of one process.
class Process {
 public:
  Process(const Learner& learner, Ranks* ranks)
      : team_(learner.config.parts, ranks),
        network_(learner.network()),
        trainer_(network_, *learner.task, learner.config, 7, &team_.part(0)),
        crew_(team_, trainer_, [&](Part& part) {
          PartCrew::Member member;
          member.network = std::make_unique<Network>(learner.network());
          member.trainer =
              std::make_unique<Trainer>(*member.network, *learner.task, learner.config, 7, &part);
          return member;
        }) {}

  // Of the first part.
  std::vector<Trainer::StepResult> steps(int n) {
    std::vector<Trainer::StepResult> results;
    for (int i = 0; i < n; ++i) {
      crew_.together([&](Trainer& trainer) {
        const Trainer::StepResult result = trainer.step();
        if (&trainer == &trainer_) results.push_back(result);
      });
    }
    return results;
  }

  // One for each part of the process.
  std::vector<Weights> weights() {
    std::vector<Weights> all;
    std::mutex mutex;
    crew_.together([&](Trainer& trainer) {
      Weights one = capture(trainer.network());
      const std::lock_guard lock(mutex);
      all.push_back(std::move(one));
    });
    return all;
  }

  Checkpoint checkpoint() {
    TrainingState state;
    crew_.together([&](Trainer& trainer) {
      TrainingState whole = trainer.whole_state();
      if (&trainer == &trainer_) state = std::move(whole);
    });
    return capture_training(network_, trainer_, state);
  }
  void restore(const Checkpoint& from) {
    crew_.together([&](Trainer& trainer) { restore_training(trainer.network(), trainer, from, "test"); });
  }

 private:
  PartTeam team_;
  Network network_;
  Trainer trainer_;
  PartCrew crew_;
};

bool equal(const Weights& a, const Weights& b) {
  return a.size() == b.size() && std::ranges::equal(a, b, [](const auto& x, const auto& y) {
           return x.first == y.first && x.second.shape() == y.second.shape() &&
                  std::memcmp(x.second.data(), y.second.data(),
                              static_cast<std::size_t>(x.second.size()) * sizeof(Real)) == 0;
         });
}

// The weights of every part of every process after so many steps, of which the last ones are taken by so many
// processes after a checkpoint of so many others.
std::vector<Weights> trained(const Learner& learner, long processes, int steps, long resumed_by = 0) {
  std::vector<Weights> all;
  Checkpoint checkpoint;
  std::mutex mutex;
  ThreadRanks ranks(processes);
  ranks.together([&](Ranks& rank) {
    Process process(learner, processes == 1 ? nullptr : &rank);
    process.steps(resumed_by ? steps / 2 : steps);
    std::vector<Weights> own = process.weights();
    Checkpoint kept = process.checkpoint();
    const std::lock_guard lock(mutex);
    std::ranges::move(own, std::back_inserter(all));
    if (rank.index() == 0) checkpoint = std::move(kept);
  });
  if (resumed_by == 0) return all;
  all.clear();
  ThreadRanks others(resumed_by);
  others.together([&](Ranks& rank) {
    Process process(learner, resumed_by == 1 ? nullptr : &rank);
    process.restore(checkpoint);
    process.steps(steps - steps / 2);
    std::vector<Weights> own = process.weights();
    const std::lock_guard lock(mutex);
    std::ranges::move(own, std::back_inserter(all));
  });
  return all;
}

}  // namespace

TEST_CASE("any_number_of_processes_gives_the_same_bits", "[once]") {
  const std::string kind = GENERATE("resnet8", "mobilenet_v2");
  const QuantMethod method = kind == "resnet8" ? GENERATE(QuantMethod::none, QuantMethod::learned_scale_shift)
                                               : QuantMethod::learned_scale_shift;
  const Learner learner = images(kind, method);
  const Weights expected = trained(learner, 1, 2).front();
  for (const long processes : {2L, 4L}) {
    INFO(kind << ", " << processes << " processes");
    const std::vector<Weights> parts = trained(learner, processes, 2);
    CHECK(parts.size() == 4);
    for (const Weights& part : parts) CHECK(equal(part, expected));
  }
}

TEST_CASE("parts_resume_in_another_number_of_processes_bit_by_bit", "[once]") {
  const Learner learner = images("resnet8", QuantMethod::learned_scale_shift);
  const Weights expected = trained(learner, 1, 4).front();
  for (const auto& [before, after] : std::vector<std::pair<long, long>>{{4, 1}, {1, 2}}) {
    INFO(before << " processes, then " << after);
    for (const Weights& part : trained(learner, before, 4, after)) CHECK(equal(part, expected));
  }
}

TEST_CASE("parts_of_a_text_carry_their_own_states") {
  Learner learner;
  DatasetOptions text;
  text.kind = "procedural_text";
  text.train_samples = 1200;
  text.test_samples = 600;
  learner.task = make_task(open_data(text), {});
  learner.model = {.kind = "lstm", .width = 12, .layers = 2, .dropout = 0.2};
  learner.method = QuantMethod::none;
  learner.config.epochs = 1;
  learner.config.batch = 8;
  learner.config.unroll = 5;
  learner.config.parts = 4;
  const Weights expected = trained(learner, 1, 4).front();
  CHECK(equal(trained(learner, 2, 4).back(), expected));
  CHECK(equal(trained(learner, 4, 4, 2).back(), expected));
}

TEST_CASE("parts_learn_what_the_whole_batch_teaches") {
  // Sums are cut elsewhere, so bits differ; one step of the same batch in parts and as a whole does not.
  Learner learner = images("resnet8", QuantMethod::none);
  Network network = learner.network();
  Trainer whole(network, *learner.task, learner.config, 7);
  const Trainer::StepResult one = whole.step();
  const Trainer::StepResult four = Process(learner, nullptr).steps(1).front();
  CHECK(four.samples == one.samples);
  CHECK(four.metrics == one.metrics);
  CHECK(four.loss == Approx(one.loss).epsilon(1e-5));
  CHECK(four.gradient_norm == Approx(one.gradient_norm).epsilon(1e-4));
}

TEST_CASE("batches_that_parts_do_not_divide_are_refused") {
  const auto refused = [](const std::function<void(TrainConfig&)>& change, const std::string& sentence) {
    Learner learner = images("resnet8", QuantMethod::none);
    change(learner.config);
    CHECK_THROWS_WITH(Process(learner, nullptr), Catch::Contains(sentence));
  };
  refused([](TrainConfig& c) { c.batch = 18; }, "expected a number that divides train.batch, 18");
  refused([](TrainConfig& c) { c.drop_last = false; }, "train.drop_last = false, expected true");
  refused([](TrainConfig& c) { c.accumulate = 2; }, "train.accumulate = 2, expected one of the two to be 1");
}

TEST_CASE("a_part_that_fails_is_told_and_ends_the_others") {
  Learner learner = images("resnet8", QuantMethod::none);
  learner.config.learning_rate = 1e30;
  Process process(learner, nullptr);
  CHECK_THROWS_WITH(process.steps(3), Catch::Contains("train: the ") || Catch::Contains("not a number"));
}

}  // namespace nibble::part_crew_test
