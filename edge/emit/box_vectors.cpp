#include "edge/emit/box_vectors.h"

#include <algorithm>

#include "core/check.h"
#include "edge/run/find_boxes.h"

namespace nibble::edge {

namespace {

constexpr std::size_t kCapacity = 16;

// What the model should find in the samples.
struct ExpectedBoxes {
  std::string counts, boxes;

  void add(const std::vector<Box>& found) {
    counts += str(std::min(found.size(), kCapacity + 1), ", ");
    boxes += "        {\n";
    for (std::size_t i = 0; i < kCapacity; ++i) {
      const Box b = i < found.size() ? found[i] : Box{};
      boxes += str("            {", b.left, ", ", b.top, ", ", b.right, ", ", b.bottom, ", ", b.score, "u, ",
                   b.label, "},\n");
    }
    boxes += "        },\n";
  }
};

const char* const kComparison =
    R"(static model_detector_t test_detector;
static model_box_t test_found_boxes[TEST_CAPACITY];

static int test_same_boxes(int series, int sample, int32_t count) {
  int same = count == test_counts[series][sample];
  for (int32_t i = 0; same && i < count && i < TEST_CAPACITY; ++i) {
    const model_box_t *found = &test_found_boxes[i], *box = &test_boxes[series][sample][i];
    same = found->left == box->left && found->top == box->top && found->right == box->right &&
           found->bottom == box->bottom && found->score == box->score && found->label == box->label;
  }
  return same;
}

/* With the model's threshold, and the best of all candidates. */
)";

}  // namespace

std::string box_vectors(const IntegerGraph& graph, const IntegerOutputs& outputs, const ModelNames& names) {
  const long samples = outputs.front().shape()[0];
  std::string counts, boxes;
  for (const std::uint32_t threshold : {graph.boxes->threshold, 0u}) {
    ExpectedBoxes expected;
    for (long n = 0; n < samples; ++n) expected.add(find_boxes(graph, outputs, n, threshold));
    counts += "    {" + expected.counts + "},\n";
    boxes += "    {\n" + expected.boxes + "    },\n";
  }
  const char* const type =
      graph.outputs.size() == 1 ? "const model_output_t *outputs" : "const model_outputs_t *outputs";
  return with_names(
      str("\n#define TEST_CAPACITY ", kCapacity, "\nstatic const int32_t test_counts[2][TEST_SAMPLES] = {\n",
          counts, "};\nstatic const model_box_t test_boxes[2][TEST_SAMPLES][TEST_CAPACITY] = {\n", boxes,
          "};\n\n", kComparison, "static int test_boxes_agree(int sample, ", type,
          ") {\n  return test_same_boxes(0, sample, model_detect(&test_detector, test_inputs[sample], "
          "test_found_boxes, TEST_CAPACITY)) &&\n"
          "         test_same_boxes(1, sample, model_boxes(outputs, 0, test_found_boxes, "
          "TEST_CAPACITY));\n}\n"),
      names);
}

}  // namespace nibble::edge
