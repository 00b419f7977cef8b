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

// What is reported of a graph, and the object `linked` that a compiler makes of its files.
struct Linked {
  Linked(const IntegerGraph& graph, std::string prefix, const std::string& compile, const std::string& link)
      : tools(std::move(prefix)), report(memory_report(graph, plan_memory(graph))) {
    emit_c(graph, scratch.path);
    std::ofstream(scratch.path / "program.cc") << program_of(graph);
    REQUIRE(shell(scratch.path, "(" + tools + "gcc -ffreestanding -std=c99 -O2 -c " + compile + " && " +
                                    tools + "ld " + link + " -r *.o -o linked)") == 0);
  }

  // Bytes of the sections whose names begin so, as `size -A` has them.
  long bytes(const std::string& section) const {
    REQUIRE(shell(scratch.path, tools + "size -A linked") == 0);
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

  Scratch scratch;
  std::string tools;  // what their names begin with
  MemoryReport report;
};

}  // namespace

TEST_CASE("constants_and_ram_are_those_of_the_linked_object") {
#ifdef __x86_64__
  for (const IntegerGraph& graph : graphs()) {
    // Pointers of 32 bits and int64 aligned to 8, as on a device.
    const Linked linked(graph, "",
                        "-m32 -malign-double -fno-pie -fno-asynchronous-unwind-tables -x c model.c nbl_*.c "
                        "program.cc",
                        "-m elf_i386");
    const MemoryReport& report = linked.report;
    const long constants = linked.bytes(".rodata"), ram = linked.bytes(".bss");
    INFO(graph.name << ": " << constants << " bytes of constants, " << report.constant_bytes()
                    << " reported; " << ram << " of RAM, " << report.ram_bytes() << " reported");
    // Between two tables a compiler leaves at most 31 bytes, so that the next begins where it likes.
    const long tables = 8 * static_cast<long>(graph.nodes.size()) + (graph.boxes ? 10 : 0);
    CHECK(constants >= report.constant_bytes());
    CHECK(constants <= report.constant_bytes() + 31 * tables);
    CHECK(ram >= report.ram_bytes());
    CHECK(ram <= report.ram_bytes() + 31 * 5);
    CHECK(linked.bytes(".data") == 0);
  }
#endif
}

TEST_CASE("code_and_stack_are_those_of_a_cortex_m4") {
  if (!is_there("arm-none-eabi-gcc")) {
    WARN("skipped: the Debian package gcc-arm-none-eabi is not installed");
    return;
  }
  for (const IntegerGraph& graph : graphs()) {
    const Linked linked(graph, "arm-none-eabi-", "-mcpu=cortex-m4 -mthumb -fstack-usage model.c nbl_*.c", "");
    const MemoryReport& report = linked.report;
    const long code = linked.bytes(".text"), constants = linked.bytes(".rodata");
    INFO(graph.name << ": " << code << " bytes of code, " << report.code_bytes << " reported; " << constants
                    << " of constants, " << report.constant_bytes() << " reported");
    CHECK(std::abs(code - report.code_bytes) <= 40 + report.code_bytes / 8);
    CHECK(constants >= report.constant_bytes());
    CHECK(constants <= report.constant_bytes() + report.constant_bytes() / 50 + 64);

    REQUIRE(shell(linked.scratch.path, "cat nbl_*.su") == 0);
    long deepest = 0, bytes = 0;
    for (std::istringstream lines(read(linked.scratch.path / "log.txt")); lines;) {
      std::string line;
      std::getline(lines, line);
      std::istringstream words(line);
      if (std::string place; words >> place >> bytes) deepest = std::max(deepest, bytes);
    }
    REQUIRE(shell(linked.scratch.path, "cut -f2 model.su | sort -n | tail -n 1") == 0);
    CHECK(deepest > 0);
    const long calling = std::stol(read(linked.scratch.path / "log.txt"));
    // model_detect calls model_boxes, which calls a kernel.
    CHECK(deepest + calling * (graph.boxes ? 2 : 1) < (graph.boxes ? kBoxStackBytes : kStackBytes));
  }
}

}  // namespace nibble::edge::memory_test
