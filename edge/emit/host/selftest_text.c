/* Reads the sample text with the model and compares every layer of every step with the host's reference by
 * checksum (FNV-1a over bytes, low byte of a number first): codes, inner values of recurrent layers, scores.
 * Then one line a layer, and the text with the token that the model held most likely behind each of its
 * tokens. Exit code 0 if all agree. */
#include <stdio.h>

#include "model.h"
#include "test_vectors.h"

static model_context_t context;
static model_output_t outputs[MODEL_OUTPUTS];
static int check;
static uint32_t found[TEST_CHECKS];

static uint32_t with_byte(uint32_t hash, uint32_t byte) { return (hash ^ (byte & 255u)) * 16777619u; }

static void keep(uint32_t hash) {
  if (check < TEST_CHECKS) found[check] = hash;
  ++check;
}

/* Called by the model after each layer. Scores, which have more than one byte, are taken from the outputs. */
void model_trace(int tensor, const void* data, int32_t bytes) {
  const uint8_t* codes = (const uint8_t*)data;
  uint32_t hash = 2166136261u;
  (void)tensor;
  for (int32_t i = 0; i < bytes; ++i) hash = with_byte(hash, codes[i]);
  keep(hash);
}

void model_trace_cell(int tensor, const int16_t* values, int32_t count) {
  uint32_t hash = 2166136261u;
  (void)tensor;
  for (int32_t i = 0; i < count; ++i) {
    const uint32_t v = (uint32_t)(int32_t)values[i];
    hash = with_byte(with_byte(hash, v), v >> 8);
  }
  keep(hash);
}

static uint32_t checksum_of_outputs(void) {
  uint32_t hash = 2166136261u;
  for (int32_t i = 0; i < MODEL_OUTPUTS; ++i) {
    const uint32_t v = (uint32_t)(int32_t)outputs[i];
    hash = with_byte(with_byte(with_byte(with_byte(hash, v), v >> 8), v >> 16), v >> 24);
  }
  return hash;
}

static void print_token(int32_t token) {
#ifdef TEST_WORDS
  if (token >= 0 && token < MODEL_VOCABULARY) {
    printf("%s", model_names[token]);
    return;
  }
#endif
  printf("%ld", (long)token);
}

int main(void) {
  static int good[TEST_CHECKS]; /* steps that agree */
  static int32_t next[TEST_STEPS];
  int failed = 0;
  model_reset(&context);
  for (int step = 0; step < TEST_STEPS; ++step) {
    check = 0;
    failed += model_step(&context, test_tokens[step], outputs) != MODEL_OK;
    if (check == TEST_CHECKS && sizeof(model_output_t) > 1) found[TEST_CHECKS - 1] = checksum_of_outputs();
    for (int i = 0; i < TEST_CHECKS; ++i) good[i] += i < check && found[i] == test_checksums[step][i];
    next[step] = model_best(outputs);
  }
  for (int i = 0; i < TEST_CHECKS; ++i) {
    const int pass = good[i] == TEST_STEPS;
    printf("%s  %s  %d of %d steps\n", pass ? "PASS" : "FAIL", test_check_names[i], good[i], TEST_STEPS);
    failed += !pass;
  }
  printf("%s: %d layers, %d differ\n\ntoken -> most likely next token\n", failed ? "FAIL" : "PASS",
         TEST_CHECKS, failed);
  for (int step = 0; step < TEST_STEPS; ++step) {
    print_token(test_tokens[step]);
    printf(" -> ");
    print_token(next[step]);
    printf("\n");
  }
  return failed != 0;
}
