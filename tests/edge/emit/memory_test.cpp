// What memory.txt says against what a compiler makes.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "core/check.h"
#include "edge/emit/code_size.h"
#include "edge/emit/emit_c.h"
#include "edge/emit/memory_report.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_detector.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::memory_test {
namespace {

bool is_there(const std::string& command) {
  return std::system(str("command -v ", command, " > /dev/null 2>&1").c_str()) == 0;
}

std::vector<IntegerGraph> graphs() {
  return {graph_of_every_op(1), graph_of_every_op(2), graph_of_three_outputs(1),
          random_text_graph(1), random_text_graph(2), random_text_graph(4),
          random_text_graph(6), random_detector(1),   random_detector(2, {.heads = 1, .by_distance = true})};
}

// Bytes of the sections of an object whose names begin so, as `size -A` has them.
long section_bytes(const Scratch& scratch, const std::string& tool, const std::string& object,
                   const std::string& section) {
  REQUIRE(shell(scratch.path, tool + " -A " + object) == 0);
  std::istringstream lines(read(scratch.path / "log.txt"));
  long total = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    long bytes = 0;
    if (words >> name >> bytes && name.starts_with(section)) total += bytes;
  }
  return total;
}

// One object of all that a program takes of a model: what it calls, its context, input and outputs.
std::string program_of(const IntegerGraph& graph) {
  std::string program = "#include \"model.h\"\nmodel_context_t context;\n";
  if (!graph.reads_text()) program += "uint8_t input[MODEL_INPUTS];\n";
  if (graph.outputs.size() == 1) return program + "model_output_t output[MODEL_OUTPUTS];\n";
  for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
    const bool is_scores = graph.tensor(graph.outputs[i]).scores;
    program += str(is_scores ? "int32_t" : "uint8_t", " output_", i, "[MODEL_OUTPUT_", i, "];\n");
  }
  return program;
}

}  // namespace

TEST_CASE("constants_and_ram_are_those_of_the_linked_object") {
#ifdef __x86_64__
  for (const IntegerGraph& graph : graphs()) {
    const Scratch scratch;
    emit_c(graph, scratch.path);
    std::ofstream(scratch.path / "program.cc") << program_of(graph);
    // Pointers of 32 bits and int64 aligned to 8, as on a device.
    REQUIRE(
        shell(
            scratch.path,
            "(cc -m32 -malign-double -ffreestanding -fno-pie -fno-asynchronous-unwind-tables -std=c99 -O2 -c "
            "-x c model.c nbl_*.c program.cc && ld -m elf_i386 -r *.o -o linked)") == 0);
    const MemoryReport report = memory_report(graph, plan_memory(graph));
    const long constants = section_bytes(scratch, "size", "linked", ".rodata"),
               ram = section_bytes(scratch, "size", "linked", ".bss");
    INFO(graph.name << ": " << constants << " bytes of constants, " << report.constant_bytes()
                    << " reported; " << ram << " of RAM, " << report.ram_bytes() << " reported");
    // Between two tables a compiler leaves at most 31 bytes, so that the next begins where it likes.
    const long tables = 8 * static_cast<long>(graph.nodes.size()) + (graph.boxes ? 10 : 0);
    CHECK(constants >= report.constant_bytes());
    CHECK(constants <= report.constant_bytes() + 31 * tables);
    CHECK(ram >= report.ram_bytes());
    CHECK(ram <= report.ram_bytes() + 31 * 5);
    CHECK(section_bytes(scratch, "size", "linked", ".data") == 0);
  }
#endif
}

TEST_CASE("code_and_stack_are_those_of_a_cortex_m4") {
  if (!is_there("arm-none-eabi-gcc")) {
    WARN("skipped: the Debian package gcc-arm-none-eabi is not installed");
    return;
  }
  for (const IntegerGraph& graph : graphs()) {
    const Scratch scratch;
    emit_c(graph, scratch.path);
    REQUIRE(
        shell(
            scratch.path,
            "(arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -ffreestanding -std=c99 -O2 -fstack-usage -c model.c "
            "nbl_*.c && arm-none-eabi-ld -r *.o -o linked)") == 0);
    const MemoryReport report = memory_report(graph, plan_memory(graph));
    const long code = section_bytes(scratch, "arm-none-eabi-size", "linked", ".text"),
               constants = section_bytes(scratch, "arm-none-eabi-size", "linked", ".rodata");
    INFO(graph.name << ": " << code << " bytes of code, " << report.code_bytes << " reported; " << constants
                    << " of constants, " << report.constant_bytes() << " reported");
    CHECK(std::abs(code - report.code_bytes) <= 40 + report.code_bytes / 8);
    CHECK(constants >= report.constant_bytes());
    CHECK(constants <= report.constant_bytes() + report.constant_bytes() / 50 + 64);

    REQUIRE(shell(scratch.path, "cat nbl_*.su") == 0);
    long deepest = 0, bytes = 0;
    for (std::istringstream lines(read(scratch.path / "log.txt")); lines;) {
      std::string line;
      std::getline(lines, line);
      std::istringstream words(line);
      if (std::string place; words >> place >> bytes) deepest = std::max(deepest, bytes);
    }
    REQUIRE(shell(scratch.path, "cut -f2 model.su | sort -n | tail -n 1") == 0);
    CHECK(deepest > 0);
    const long calling = std::stol(read(scratch.path / "log.txt"));
    // model_detect calls model_boxes, which calls a kernel.
    CHECK(deepest + calling * (graph.boxes ? 2 : 1) < (graph.boxes ? kBoxStackBytes : kStackBytes));
  }
}

}  // namespace nibble::edge::memory_test
