// Checkpoints. Byte 0 chooses: the rest is the file itself, or edits of a checkpoint that is sealed again,
// from which a training then goes on.
#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/sealed_file.h"
#include "experiments/training/training_checkpoint.h"
#include "layers/models/models.h"
#include "tests/fuzz/hdf5_edits.h"
#include "tests/support/sample_record.h"

namespace nibble::fuzz {
namespace {

constexpr const char* kKind = "nibble checkpoint 1";

Corpus few_words() {
  return make_corpus("few", {{"train", "a b c d\na b\nc a d\n"}, {"valid", "a b\n"}, {"test", "c d\n"}}, {});
}

TrainConfig short_training() {
  return {.epochs = 3, .batch = 2, .accumulate = 2, .unroll = 2, .weight_average = 0.5};
}

struct Training {
  Training()
      : network(build_model({.kind = "lstm", .width = 3}, task().sample_shape(), task().classes(), Rng(3))),
        trainer(network, task(), short_training(), 7) {}
  static const Task& task() {
    static const std::unique_ptr<Task> made = text_task(few_words());
    return *made;
  }
  Network network;
  Trainer trainer;
};

const EditedHdf5& edited_checkpoint() {
  static const EditedHdf5 edited = [] {
    const std::string path = (folder() / "whole.h5").string();
    Training training;
    training.trainer.step();
    Checkpoint checkpoint = capture_training(training.network, training.trainer);
    checkpoint.vocabulary = Training::task().vocabulary();
    checkpoint.record = RunRecord{};
    save(path, checkpoint);
    return EditedHdf5(path, kSealBytes);
  }();
  return edited;
}

// What another writer would have done: its hash of the tensors is that of its tensors.
Checkpoint load_with_right_hash(const std::string& path) {
  try {
    return load(path);
  } catch (const Error& error) {
    const std::string refused = error.what();
    constexpr std::string_view kFound = "found tensors with xxh64 ";
    const std::size_t at = refused.find(kFound);
    if (at == std::string::npos) throw;
    replace_text(path, kSealBytes, "tensors_xxh64", refused.substr(at + kFound.size(), 16));
    seal(path, kKind);
  }
  return load(path);
}

void read_checkpoint(std::string_view bytes) {
  const std::string path = (folder() / "last.h5").string();
  Choices choices(bytes);
  if (choices.byte() < kRaw) {
    write_bytes(path, bytes.substr(std::min<std::size_t>(1, bytes.size())));
    load(path);
    return;
  }
  edited_checkpoint().write(path, choices);
  seal(path, kKind);
  const Checkpoint checkpoint = load_with_right_hash(path);
  check_vocabulary(checkpoint, Training::task().vocabulary(), path);
  Training training;
  restore_training(training.network, training.trainer, checkpoint, path);
  if (!training.trainer.finished()) training.trainer.step();
}

const Registered checkpoint("checkpoint", &read_checkpoint);

}  // namespace
}  // namespace nibble::fuzz
