#include "experiments/tasks/task.h"

#include "core/check.h"

namespace nibble {

const Vocabulary& Task::words_to_generate() const {
  fail("generate: found a run on ", outline().kind, ", expected a language model");
}

std::unique_ptr<Task> make_task(const Data& data) {
  if (const auto* images = std::get_if<ImageSet>(&data)) return image_task(*images);
  return text_task(std::get<Corpus>(data));
}

}  // namespace nibble
