// Detectors in C, from the codes of a picture to boxes.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/check.h"
#include "edge/check/compare.h"
#include "edge/check/compiled_model.h"
#include "edge/emit/emit_c.h"
#include "edge/run/find_boxes.h"
#include "edge/run/reference.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_detector.h"

namespace nibble::edge::emitted_boxes_test {
namespace {

namespace fs = std::filesystem;

// Prints what two detectors find in a picture of code 9, a line a box, with room for `room` boxes each.
const char* const kTwoDetectors =
    "#include <stdio.h>\n#include <stdlib.h>\n#include \"birds.h\"\n#include \"cars.h\"\n"
    R"(
static birds_detector_t birds;
static cars_detector_t cars;
static uint8_t picture[BIRDS_INPUTS];
static nbl_box_t boxes[100];
static void print(long count, long room) {
  printf("%ld:", count);
  for (long i = 0; i < count && i < room; ++i)
    printf(" %ld %ld %ld %ld %lu %ld;", (long)boxes[i].left, (long)boxes[i].top, (long)boxes[i].right,
           (long)boxes[i].bottom, (unsigned long)boxes[i].score, (long)boxes[i].label);
  printf("\n");
}
int main(int argc, char** argv) {
  const long room = argc > 1 ? strtol(argv[1], 0, 10) : 0;
  for (int i = 0; i < BIRDS_INPUTS; ++i) picture[i] = 9;
  print(birds_detect(&birds, picture, boxes, (int32_t)room), room);
  print(cars_detect(&cars, picture, boxes, (int32_t)room), room);
  return BIRDS_BAD_CAPACITY != -1 || CARS_CLASSES != 3;
}
)";

// The same from the reference.
std::string printed(const IntegerGraph& graph, long room) {
  Array<std::uint8_t> picture(batch_shape(1, graph.input().shape));
  picture.fill(9);
  const IntegerOutputs outputs = reference_outputs(graph, picture);
  const std::vector<Box> boxes = find_boxes(graph, outputs, 0, graph.boxes->threshold);
  const long count = static_cast<long>(boxes.size());
  std::string text = str(room < 0 ? -1 : std::min(count, room + 1), ":");
  for (long i = 0; i < std::min(count, room); ++i) {
    const Box& b = boxes[static_cast<std::size_t>(i)];
    text += str(' ', b.left, ' ', b.top, ' ', b.right, ' ', b.bottom, ' ', b.score, ' ', b.label, ';');
  }
  return text + "\n";
}

}  // namespace

TEST_CASE("boxes_are_equal_in_reference_evaluator_and_c") {
  for (std::uint64_t seed = 1; seed < 5; ++seed) {
    const IntegerGraph graph =
        random_detector(seed, {.heads = seed % 2 ? 2 : 1, .by_distance = seed > 2, .new_coords = seed == 4});
    const Scratch scratch;
    emit_c(graph, scratch.path, {.name = graph.name, .classes = {"bird", "cat", "dog"}});
    const CompiledModel compiled(graph, scratch.path);
    const Comparison comparison = compare(graph, &compiled, random_samples(graph, 5));
    INFO(graph.name);
    CHECK(comparison.differences == 0);
    CHECK(comparison.boxes > 20);
    CHECK(shell(scratch.path, "make check CFLAGS='-O1 -Wall -Wextra -Wpedantic -Wconversion -Werror'") == 0);
    CHECK_THAT(read(scratch.path / "log.txt"), Catch::Contains("PASS  boxes  4 of 4 samples"));
    CHECK_THAT(read(scratch.path / "model_names.c"), Catch::Contains("model_names[MODEL_CLASSES]"));
    CHECK_THAT(read(scratch.path / "memory.txt"),
               Catch::Contains("boxes") && Catch::Contains("24 for each box"));
    check_freestanding(scratch);
    check_warnings(scratch);
    CHECK(shell(scratch.path,
                "c++ -x c++ -std=c++11 -O1 -Wall -Wextra -Wpedantic -Wconversion -Werror -DMODEL_TRACE *.c "
                "-o cpp && ./cpp") == 0);
  }
}

TEST_CASE("two_detectors_in_one_program_find_as_many_boxes_as_there_is_room_for") {
  const Scratch scratch;
  const IntegerGraph birds = random_detector(5), cars = random_detector(6, {.heads = 1});
  emit_c(birds, scratch.path / "birds", {.c_name = "birds"});
  emit_c(cars, scratch.path / "cars", {.c_name = "cars"});
  std::ofstream(scratch.path / "two.c") << kTwoDetectors;
  CHECK(shell(scratch.path / "birds", "make lib") == 0);
  CHECK(shell(scratch.path / "cars", "make lib") == 0);
  REQUIRE(shell(scratch.path,
                "cc -std=c99 -Wall -Wextra -Wpedantic -Werror -I birds -I cars two.c birds/libbirds.a "
                "cars/libcars.a -o two") == 0);
  for (const long room : {-1L, 0L, 1L, 7L, 100L}) {
    CHECK(shell(scratch.path, str("./two ", room)) == 0);
    CHECK(read(scratch.path / "log.txt") == printed(birds, room) + printed(cars, room));
  }
}

TEST_CASE("a_detector_that_suppresses_too_much_is_found_out") {
  const Scratch scratch;
  const IntegerGraph graph = random_detector(1);
  IntegerGraph damaged = graph;
  damaged.boxes->overlap = 0;
  emit_c(damaged, scratch.path);
  const CompiledModel compiled(graph, scratch.path);
  const Comparison comparison = compare(graph, &compiled, random_samples(graph, 2), 70);
  CHECK(comparison.differences > 0);
  REQUIRE(comparison.first.has_value());
  CHECK(comparison.first->who == "emitted C");
  CHECK(comparison.first->layer == "boxes");
  CHECK(comparison.first->sample >= 70);
  CHECK_THAT(
      to_text(*comparison.first),
      Catch::Contains("emitted C differs from the reference at layer 'boxes', value 'score', image 7"));
  // And by the package itself, whose vectors are of the reference.
  std::string model = read(scratch.path / "model.c");
  const std::string overlap = "0, /* overlap */";
  REQUIRE(model.find(overlap) != std::string::npos);
  model.replace(model.find(overlap), overlap.size(), "65536, /* overlap */");
  std::ofstream(scratch.path / "model.c") << model;
  CHECK(shell(scratch.path, "make check") != 0);
  CHECK_THAT(read(scratch.path / "log.txt"), Catch::Contains("FAIL  boxes") && Catch::Contains("1 differ"));
}

TEST_CASE("names_of_classes_have_to_be_as_many_as_boxes_have") {
  const Scratch scratch;
  CHECK_THROWS_WITH(emit_c(random_detector(1), scratch.path, {.classes = {"bird"}}),
                    Catch::Contains("found 1 names of classes, expected 3 as the boxes of"));
}

}  // namespace nibble::edge::emitted_boxes_test
