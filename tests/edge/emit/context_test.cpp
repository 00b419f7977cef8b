// The memory that a model works in is the caller's, and what it does with it fits devices that are strict.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <regex>

#include "edge/emit/emit_c.h"
#include "edge/emit/memory_report.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_detector.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::context_test {
namespace {

void write_program(const Scratch& scratch, const std::string& text) {
  std::ofstream(scratch.path / "program.cc") << text;
}

// Compiles program.cc with the package and runs it.
int run_program(const Scratch& scratch, const std::string& flags = "") {
  return shell(scratch.path, "cc -std=c99 -O1 -Wall -Wextra -Werror " + flags +
                                 " -x c program.cc model.c nbl_*.c -o program && ./program");
}

// Two pictures through contexts of their own, a byte of each arena in turn overwritten: what is in the
// context between calls does not matter, and nothing beside it is touched.
const char* const kPlacedContext =
    "#include <string.h>\n"
    "#include \"model.h\"\n"
    "#include \"test_vectors.h\"\n"
    R"(
static struct { uint8_t before[8]; model_context_t context; uint8_t behind[8]; } placed[2];
int main(void) {
  model_output_t out[MODEL_OUTPUTS];
  memset(placed, 0x5a, sizeof placed);
  for (int sample = 0; sample < TEST_SAMPLES; ++sample) {
    model_run(&placed[sample % 2].context, test_inputs[sample], out);
    if (memcmp(out, test_output_0[sample], sizeof out) != 0) return 1;
    for (int i = 0; i < 2; ++i) {
      for (int k = 0; k < 8; ++k)
        if (placed[i].before[k] != 0x5a || placed[i].behind[k] != 0x5a) return 2;
    }
  }
  return sizeof test_checksums == 0 || test_step_names[0] == 0;
}
)";

const char* const kUnknownTokens =
    "#include <string.h>\n"
    "#include \"model.h\"\n"
    R"(
static model_context_t context, kept;
int main(void) {
  static const int32_t unknown[] = {-1, MODEL_VOCABULARY, MODEL_VOCABULARY + 1000, -2147483647 - 1, 2147483647};
  model_output_t out[MODEL_OUTPUTS], before[MODEL_OUTPUTS];
  model_reset(&context);
  if (model_step(&context, MODEL_VOCABULARY - 1, out) != MODEL_OK) return 1;
  memcpy(before, out, sizeof out);
  memcpy(&kept, &context, sizeof kept);
  for (int i = 0; i < 5; ++i) {
    if (model_step(&context, unknown[i], out) != MODEL_UNKNOWN_TOKEN) return 2;
    if (memcmp(before, out, sizeof out) != 0 || memcmp(&kept, &context, sizeof kept) != 0) return 3;
  }
  return 0;
}
)";

bool has_clang() { return std::system("command -v clang > /dev/null 2>&1") == 0; }

}  // namespace

TEST_CASE("an_image_model_works_in_the_callers_context_and_nowhere_else") {
  const Scratch scratch;
  const IntegerGraph graph = graph_of_every_op(1);
  emit_c(graph, scratch.path, {.samples = random_samples(graph, 6)});
  write_program(scratch, kPlacedContext);
  CHECK(run_program(scratch, "-Wno-unused-variable -Wno-unused-function") == 0);
}

TEST_CASE("a_model_has_no_memory_of_its_own") {
  const auto check_objects = [](const IntegerGraph& graph) {
    const Scratch scratch;
    emit_c(graph, scratch.path);
    // Neither data nor bss: every call works in its caller's memory, so calls may run side by side.
    CHECK(shell(scratch.path, "cc -std=c99 -O2 -fno-pie -c model.c nbl_*.c && ! nm *.o | grep ' [bBdDC] '") ==
          0);
  };
  check_objects(graph_of_every_op(1));
  check_objects(graph_of_three_outputs(1));
  check_objects(random_text_graph(1));
}

TEST_CASE("a_token_that_is_not_in_the_vocabulary_is_refused_and_changes_nothing") {
  for (const std::uint64_t seed : {0, 3, 5}) {
    const Scratch scratch;
    emit_c(random_text_graph(seed), scratch.path);
    write_program(scratch, kUnknownTokens);
    CHECK(run_program(scratch, "-fsanitize=address,undefined -fno-sanitize-recover=all") == 0);
  }
}

// Compilers make words of neighbouring bytes that are set together. On a core that traps unaligned words they
// may, as long as each array begins on one.
TEST_CASE("arrays_of_a_context_begin_on_words") {
  for (std::uint64_t seed = 0; seed < 14; ++seed) {
    const Scratch scratch;
    const IntegerGraph graph = random_text_graph(seed);
    emit_c(graph, scratch.path);
    const std::string header = read(scratch.path / "model.h");
    const std::regex member("  (uint8_t|int16_t|uint32_t) \\w+\\[([0-9]+)\\];");
    long arrays = 0, total = 0;
    for (auto it = std::sregex_iterator(header.begin(), header.end(), member); it != std::sregex_iterator();
         ++it) {
      const std::string type = (*it)[1];
      const long bytes = std::stol((*it)[2]) * (type == "uint8_t" ? 1 : type == "int16_t" ? 2 : 4);
      CHECK(bytes % 4 == 0);
      total += bytes;
      ++arrays;
    }
    CHECK(arrays >= 3);
    CHECK(total == memory_report(graph, plan_memory(graph)).context_bytes());
  }
}

TEST_CASE("an_int_of_16_bits_is_enough") {
  if (!has_clang()) {
    WARN("skipped: clang, which knows a processor with an int of 16 bits, is not installed");
    return;
  }
  for (const IntegerGraph& graph : {random_text_graph(1), graph_of_every_op(1), random_detector(1)}) {
    const Scratch scratch;
    emit_c(graph, scratch.path);
    CHECK(shell(scratch.path,
                "clang --target=msp430 -ffreestanding -std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror "
                "-fsyntax-only "
                "model.c nbl_*.c") == 0);
  }
}

}  // namespace nibble::edge::context_test
