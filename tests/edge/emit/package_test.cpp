// What surrounds the emitted C: its Makefile, its names, and the folder that it is written to.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/check.h"
#include "edge/emit/emit_c.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::package_test {
namespace {

namespace fs = std::filesystem;

IntegerGraph small_graph(int bits = 4) {
  GraphBuilder b({6}, 15, 1);
  b.scores(b.linear(0, 5, bits, 15), 3, bits);
  return b.finish();
}

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    names.insert(entry.path().filename().string());
  return names;
}

void write(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }

// Prints the class that each of two models finds.
const char* const kTwoModels =
    "#include \"ears.h\"\n"
    "#include \"eyes.h\"\n"
    R"(
static eyes_context_t eyes;
static ears_context_t ears;
int main(void) {
  uint8_t picture[EYES_INPUTS] = {0};
  eyes_output_t seen[EYES_OUTPUTS];
  ears_output_t heard[EARS_OUTPUTS];
  eyes_run(&eyes, picture, seen);
  ears_reset(&ears);
  if (ears_step(&ears, 1, heard) != EARS_OK) return 1;
  return eyes_best(seen) < 0 || ears_best(heard) < 0;
}
)";

}  // namespace

TEST_CASE("make_check_never_passes_without_building") {
  const Scratch scratch;
  emit_c(small_graph(), scratch.path);
  REQUIRE(shell(scratch.path, "make check") == 0);
  CHECK(shell(scratch.path, "make check CC=/no/such/cc") != 0);
  REQUIRE(shell(scratch.path, "make check") == 0);
  CHECK(shell(scratch.path, "make check CFLAGS=-no-such-flag") != 0);
  REQUIRE(shell(scratch.path, "make check") == 0);
  CHECK(shell(scratch.path, "make check LDFLAGS=-lno_such_library") != 0);
  // What runs is what was compiled now: a model that was damaged since the last check fails.
  REQUIRE(shell(scratch.path, "make check") == 0);
  std::string model = read(scratch.path / "model.c");
  const std::string bias = "_bias[3] = {\n";
  model.insert(model.find(bias) + bias.size(), "    12345 + ");
  write(scratch.path / "model.c", model);
  CHECK(shell(scratch.path, "make check") != 0);
}

TEST_CASE("the_check_program_runs_behind_an_emulator") {
  const Scratch scratch;
  emit_c(small_graph(), scratch.path);
  CHECK(shell(scratch.path, "make check RUN='env NAME=value'") == 0);
  CHECK(shell(scratch.path, "make check RUN=false") != 0);
}

TEST_CASE("make_builds_a_library_tells_its_size_and_cleans_up") {
  const Scratch scratch;
  emit_c(small_graph(), scratch.path, {.c_name = "tiny"});
  const std::set<std::string> before = names_in(scratch.path);
  CHECK(shell(scratch.path, "make size") == 0);
  CHECK_THAT(read(scratch.path / "log.txt"),
             Catch::Contains("tiny.o") && Catch::Contains("nbl_linear_a8w4.o"));
  CHECK(fs::exists(scratch.path / "libtiny.a"));
  CHECK(shell(scratch.path, "make lib AR=/no/such/ar") != 0);
  CHECK(shell(scratch.path, "make lib CC=/no/such/cc") != 0);
  CHECK_FALSE(fs::exists(scratch.path / "libtiny.a"));
  CHECK(shell(scratch.path, "make lib check clean") == 0);
  std::set<std::string> after = names_in(scratch.path);
  after.erase("log.txt");
  CHECK(after == before);
}

TEST_CASE("cmake_builds_the_package_and_runs_its_selftest") {
  const Scratch scratch;
  emit_c(random_text_graph(1), scratch.path, {.c_name = "words"});
  CHECK(shell(scratch.path, "(cmake -S . -B b && cmake --build b && cd b && ctest --output-on-failure)") ==
        0);
  CHECK_THAT(read(scratch.path / "log.txt"), Catch::Contains("100% tests passed"));
}

TEST_CASE("two_models_link_into_one_program_which_needs_each_kernel_once") {
  const Scratch scratch;
  const fs::path eyes = scratch.path / "eyes", ears = scratch.path / "ears";
  emit_c(graph_of_every_op(1), eyes, {.c_name = "eyes"});
  GraphBuilder text = GraphBuilder::text(4, 7);
  text.scores16(text.recurrent(kernels::RecurrentKind::lstm, text.linear(text.embedding(5, 4, 15), 7, 4, 15),
                               6, 4, 15, 2),
                4, 4);
  emit_c(text.finish(), ears, {.c_name = "ears"});
  CHECK(shell(eyes, "make check") == 0);
  CHECK(shell(ears, "make check") == 0);

  std::set<std::string> kernels;
  long shared = 0;
  for (const fs::path& folder : {eyes, ears}) {
    for (const std::string& name : names_in(folder)) {
      if (!name.starts_with("nbl_")) continue;
      const bool first = kernels.insert(name).second;
      shared += !first;
      if (first) fs::copy_file(folder / name, scratch.path / name);
      CHECK(read(scratch.path / name) == read(folder / name));
    }
  }
  CHECK(shared >= 3);
  write(scratch.path / "two.c", kTwoModels);
  const std::string flags = " -Wall -Wextra -Wpedantic -Werror -I eyes -I ears two.c ";
  CHECK(shell(scratch.path, "cc -std=c99" + flags + "eyes/eyes.c ears/ears.c nbl_*.c -o two && ./two") == 0);
  // And as the libraries that each package makes of itself.
  CHECK(shell(eyes, "make lib") == 0);
  CHECK(shell(ears, "make lib") == 0);
  CHECK(shell(scratch.path, "cc -std=c99" + flags + "eyes/libeyes.a ears/libears.a -o two && ./two") == 0);
  // A program in C++ finds the functions in the libraries of C.
  CHECK(shell(scratch.path, "c++ -x c++ -std=c++11" + flags +
                                "-x none eyes/libeyes.a ears/libears.a -o two && ./two") == 0);
}

TEST_CASE("the_package_compiles_as_cpp_and_passes_its_selftest") {
  const auto check_cpp = [](const IntegerGraph& graph, const EmitOptions& options) {
    const Scratch scratch;
    emit_c(graph, scratch.path, options);
    CHECK(shell(scratch.path,
                "c++ -x c++ -std=c++11 -O1 -Wall -Wextra -Wpedantic -Wconversion -Werror -DMODEL_TRACE *.c "
                "-o cpp && ./cpp") == 0);
  };
  check_cpp(graph_of_every_op(1), {});
  check_cpp(graph_of_three_outputs(1), {});
  for (const std::uint64_t seed : {1, 2, 6}) check_cpp(random_text_graph(seed), {});
}

TEST_CASE("a_name_that_c_cannot_take_is_refused") {
  const Scratch scratch;
  for (const char* name : {"", "3d", "a-b", "_x", "nbl_net", "selftest", "test_vectors", "a b"}) {
    INFO(name);
    CHECK_THROWS_WITH(emit_c(small_graph(), scratch.path, {.c_name = name}),
                      Catch::Contains("expected a letter"));
  }
  CHECK(fs::is_empty(scratch.path));
}

TEST_CASE("a_second_export_removes_kernels_that_it_does_not_need_and_nothing_of_others") {
  const Scratch scratch;
  emit_c(graph_of_every_op(1), scratch.path);
  REQUIRE(fs::exists(scratch.path / "nbl_conv2d_a8w4.c"));
  write(scratch.path / "nbl_mine.c", "/* a kernel of my own */\n");
  write(scratch.path / "main.c", "/* my program */\n");
  emit_c(small_graph(), scratch.path);
  CHECK(names_in(scratch.path) == std::set<std::string>{"CMakeLists.txt", "Makefile", "README.txt", "main.c",
                                                        "memory.txt", "model.c", "model.h", "nbl_dot.h",
                                                        "nbl_kernels.h", "nbl_linear_a8w4.c",
                                                        "nbl_linear_scores_a8w4.c", "nbl_mine.c",
                                                        "nbl_requantize.h", "selftest.c", "test_vectors.h"});
  CHECK(read(scratch.path / "nbl_mine.c") == "/* a kernel of my own */\n");
}

TEST_CASE("files_of_others_are_never_overwritten") {
  for (const char* name : {"Makefile", "CMakeLists.txt", "model.c", "README.txt", "nbl_dot.h"}) {
    const Scratch scratch;
    write(scratch.path / name, "all: of my own\n");
    CHECK_THROWS_WITH(
        emit_c(small_graph(), scratch.path),
        Catch::Contains(name) && Catch::Contains("whose first line does not say that nibble wrote it"));
    CHECK(read(scratch.path / name) == "all: of my own\n");
    CHECK(names_in(scratch.path) == std::set<std::string>{name});
  }
}

TEST_CASE("a_folder_with_another_model_is_refused") {
  const Scratch scratch;
  emit_c(small_graph(), scratch.path, {.c_name = "eyes"});
  const std::set<std::string> before = names_in(scratch.path);
  CHECK_THROWS_WITH(emit_c(small_graph(), scratch.path, {.c_name = "ears"}),
                    Catch::Contains("eyes.h of another model, expected one model in a folder"));
  CHECK(names_in(scratch.path) == before);
}

TEST_CASE("every_file_says_who_made_it_and_under_which_conditions") {
  const Scratch scratch;
  const std::string origin = "nibble 1.2.3, commit abc, config 0123";
  emit_c(random_text_graph(2), scratch.path, {.origin = origin});
  for (const std::string& name : names_in(scratch.path)) {
    const std::string text = read(scratch.path / name), line = text.substr(0, text.find('\n'));
    CHECK_THAT(line,
               Catch::Contains(name + ": generated by nibble (Apache-2.0); this file is free of conditions"));
    const bool of_this_model = !name.starts_with("nbl_") && name != "Makefile" && name != "CMakeLists.txt";
    if (of_this_model) CHECK_THAT(text, Catch::Contains(origin));
  }
}

}  // namespace nibble::edge::package_test
