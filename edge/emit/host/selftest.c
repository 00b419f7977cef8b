/* Runs the model on the test vectors and compares every layer with the host's reference: outputs and boxes by
 * value, since the bytes of scores depend on the machine's byte order, other layers by checksum (FNV-1a). One
 * line a layer; exit code 0 if all agree. */
#include <stdio.h>

#include "model.h"
#include "test_vectors.h"

static model_context_t context;
static int step;
static uint32_t found[TEST_STEPS];

static uint32_t checksum(const uint8_t* codes, int32_t bytes) {
  uint32_t hash = 2166136261u;
  for (int32_t i = 0; i < bytes; ++i) hash = (hash ^ codes[i]) * 16777619u;
  return hash;
}

/* Called by the model after each layer. */
void model_trace(int tensor, const void* data, int32_t bytes) {
  (void)tensor;
  if (step < TEST_STEPS) found[step] = checksum((const uint8_t*)data, bytes);
  ++step;
}

int main(void) {
  static int good[TEST_STEPS]; /* samples that agree */
  int failed = 0;
#ifdef TEST_CAPACITY
  int good_boxes = 0;
#endif
  for (int sample = 0; sample < TEST_SAMPLES; ++sample) {
    step = 0;
    model_run(&context, test_inputs[sample], TEST_FOUND);
    for (int i = 0; i < TEST_STEPS; ++i) {
      const int output = test_step_outputs[i];
      good[i] +=
          i < step && (output < 0 ? found[i] == test_checksums[sample][i] : test_agrees(sample, output));
    }
#ifdef TEST_CAPACITY
    good_boxes += test_boxes_agree(sample, TEST_FOUND);
#endif
  }
  for (int i = 0; i < TEST_STEPS; ++i) {
    const int pass = good[i] == TEST_SAMPLES;
    printf("%s  %s  %d of %d samples\n", pass ? "PASS" : "FAIL", test_step_names[i], good[i], TEST_SAMPLES);
    failed += !pass;
  }
#ifdef TEST_CAPACITY
  printf("%s  boxes  %d of %d samples\n", good_boxes == TEST_SAMPLES ? "PASS" : "FAIL", good_boxes,
         TEST_SAMPLES);
  failed += good_boxes != TEST_SAMPLES;
#endif
  printf("%s: %d layers, %d differ\n", failed ? "FAIL" : "PASS", TEST_STEPS, failed);
  return failed != 0;
}
