// The house as its sources show it: sizes, crowding, cycles. Each measure is tested on small trees, where it
// has to find a fault, and then applied to the project.
#include "tests/style/structure.h"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.h"

namespace nibble::style::structure_test {
namespace {

// A source of n lines.
Source lines(const std::string& path, std::size_t n) { return {path, std::vector<std::string>(n, "int x;")}; }

Source function_of(const std::string& before, const std::string& indent, std::size_t n) {
  Source source{"core/a.cpp", {before, indent + "template <typename T>", indent + "void f() {"}};
  for (std::size_t i = 3; i < n; ++i) source.lines.push_back(indent + "  if (x) {} ");
  source.lines.push_back(indent + "}");
  return source;
}

// One sentence a line, for the report of a failed test.
std::string joined(const std::vector<std::string>& faults) {
  std::string text;
  for (const std::string& fault : faults) text += fault + "\n";
  return text;
}

const std::vector<Source>& project() {
  static const std::vector<Source> sources = read_sources(NIBBLE_SOURCE_DIR);
  return sources;
}

}  // namespace

TEST_CASE("sources_are_the_files_of_the_project's_folders_fixtures_left_out") {
  const TemporaryDirectory root;
  for (const char* folder : {"core/kernels", "tests/fixtures", "build", "cmake"})
    std::filesystem::create_directories(root / folder);
  for (const char* file : {"core/kernels/a.h", "core/kernels/a.txt", "tests/fixtures/b.cpp", "build/c.cpp"})
    write_file(root / file, "one\ntwo\n");
  for (const char* file : {"CMakeLists.txt", "cmake/a.cmake", "build/d.cmake"})
    write_file(root / file, "three\n");
  const std::vector<Source> sources = read_sources(root.path()), build = read_build_files(root.path());
  REQUIRE(sources.size() == 1);
  CHECK(sources[0].path == "core/kernels/a.h");
  CHECK(sources[0].lines == std::vector<std::string>{"one", "two"});
  REQUIRE(build.size() == 2);
  CHECK(build[0].path == "CMakeLists.txt");
  CHECK(build[1].path == "cmake/a.cmake");
  CHECK_THROWS_AS(read_sources(root / "build"), Error);
}

TEST_CASE("a_crowded_folder_is_found") {
  const std::vector<Source> sources{lines("core/a.h", 1),
                                    lines("core/a.cpp", 1),
                                    lines("core/b.h", 1),
                                    lines("core/deep/c.h", 1),
                                    lines("edge/kernels/portable/a.c", 1),
                                    lines("edge/kernels/portable/b.c", 1)};
  CHECK(crowded_folders(sources, 2).empty());
  CHECK(joined(crowded_folders(sources, 1)) == "core: found 2 stems, expected at most 1\n");
}

TEST_CASE("an_include_cycle_is_found") {
  const auto including = [](const std::string& path, const std::string& other) {
    return Source{path, {"#include \"" + other + "\"", "#include <vector>"}};
  };
  CHECK(include_cycles(
            {including("core/a.h", "core/b.h"), including("core/b.h", "core/c.h"), lines("core/c.h", 1)})
            .empty());
  CHECK(joined(include_cycles({including("core/a.h", "core/b.h"), including("core/b.h", "core/a.h")})) ==
        "include cycle: core/a.h -> core/b.h -> core/a.h\n");
  CHECK(include_cycles({including("edge/kernels/a.h", "b.h"), including("edge/kernels/b.h", "a.h")}).size() ==
        1);
}

TEST_CASE("lengths_of_files_are_measured") {
  std::vector<Source> sources;
  for (std::size_t n = 1; n <= 10; ++n) sources.push_back(lines("core/" + std::to_string(n) + ".h", n));
  CHECK(lines_at(sources, 0.5) == 6);
  CHECK(lines_at(sources, 0.9) == 10);
  CHECK(long_files(sources, 10).empty());
  CHECK(joined(long_files(sources, 9)) == "core/10.h: found 10 lines, expected at most 9\n");
  CHECK(outside_tests({lines("tests/a.h", 1), lines("core/a.h", 1)}).size() == 1);
}

TEST_CASE("a_long_function_is_found_in_a_namespace_and_in_a_class") {
  CHECK(long_functions({function_of("", "", 30)}, 30).empty());
  CHECK(joined(long_functions({function_of("", "", 31)}, 30)) ==
        "core/a.cpp:2: found a function of 31 lines, expected at most 30\n");
  CHECK(long_functions({function_of("class A {", "  ", 31)}, 30).size() == 1);
  CHECK(long_functions({function_of("void other() {", "  ", 31)}, 30).empty());  // a block inside a function
}

TEST_CASE("no_folder_of_the_project_holds_more_than_24_stems") {
  CHECK(joined(crowded_folders(project(), 24)) == "");
}

TEST_CASE("the_project_has_no_include_cycle") { CHECK(joined(include_cycles(project())) == ""); }

TEST_CASE("files_of_the_project_are_short") {
  const std::vector<Source> sources = outside_tests(project());
  CHECK(joined(long_files(sources, 400)) == "");
  CHECK(lines_at(sources, 0.5) <= 80);
  CHECK(lines_at(sources, 0.9) <= 220);
}

TEST_CASE("hardly_a_function_of_the_project_is_long") {
  const std::vector<std::string> faults = long_functions(outside_tests(project()), 60);
  INFO(joined(faults));
  CHECK(faults.size() <= 3);
}

TEST_CASE("the_project_is_built_from_few_lines_of_CMake") {
  std::size_t count = 0;
  std::string files;
  for (const Source& file : read_build_files(NIBBLE_SOURCE_DIR)) {
    count += file.lines.size();
    files += std::to_string(file.lines.size()) + " " + file.path + "\n";
  }
  INFO(files);
  CHECK(count <= 516);
}

}  // namespace nibble::style::structure_test
