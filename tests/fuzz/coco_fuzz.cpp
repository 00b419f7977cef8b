// The first part is annotations, the second results; what can be read of both is judged.
#include "experiments/detection/coco_metrics.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

namespace nibble::fuzz {
namespace {

void read_annotations(std::string_view bytes) {
  const std::vector<std::string> texts = parts(bytes);
  const std::string path = (folder() / "a.json").string();
  write_file(path, texts.front());
  const CocoSet set = read_coco(path);
  if (texts.size() < 2) return;
  write_file(path, texts[1]);
  const CocoEvaluation evaluation = evaluate_coco(set, read_coco_results(path));
  for (const double figure : evaluation.figures.values)
    require(figure == -1 || (0 <= figure && figure <= 1), "a figure is no share");
}

const Registered coco("coco", &read_annotations);

}  // namespace
}  // namespace nibble::fuzz
