#include "layers/darknet/yolo_loss.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "core/parallel.h"

namespace nibble::yolo_loss_test {
namespace {

// A head of 2 x 2 cells over 64 x 64 pixels, with two anchors of four and two classes: 2 · 7 channels.
darknet::YoloHead head_of_two() {
  darknet::YoloHead head;
  head.all_anchors = {{8, 8}, {16, 16}, {32, 16}, {60, 60}};
  head.mask = {1, 2};
  head.anchors = {{16, 16}, {32, 16}};
  head.classes = 2;
  head.loss.boxes_by = darknet::OverlapKind::complete;
  return head;
}

const Shape kInput{64, 64, 3};

struct Result {
  double loss;
  Tensor gradient;
};
Result run(const darknet::YoloHead& head, const Tensor& t, const std::vector<darknet::TrueBox>& truths,
           double smoothing = 0) {
  const Var x(t, true);
  const Var loss = darknet::yolo_loss(x, head, kInput, {truths}, smoothing);
  backward(loss);
  return {static_cast<double>(loss.value()[0]), x.gradient()};
}

// Number k of anchor a in a cell.
long place(long row, long column, long a, long k) { return ((row * 2 + column) * 2 + a) * 7 + k; }

constexpr double kLog2 = 0.6931471805599453;

}  // namespace

TEST_CASE("without_objects_every_box_is_to_say_that_nothing_is_there") {
  const Result found = run(head_of_two(), Tensor({1, 2, 2, 14}), {});
  CHECK(found.loss == Approx(8 * kLog2));
  for (long i = 0; i < found.gradient.size(); ++i) {
    INFO(i);
    CHECK(found.gradient[i] == Approx(i % 7 == 4 ? 0.5 : 0.0));
  }
}

TEST_CASE("the_best_anchor_of_the_network_answers_in_the_cell_of_the_centre") {
  // 16 x 16 pixels in the lower left cell: exactly the first anchor.
  const darknet::TrueBox truth{1, {0.25, 0.75, 0.25, 0.25}};
  const Result found = run(head_of_two(), Tensor({1, 2, 2, 14}), {truth});
  // Numbers of 0 are that very box: CIoU 1. Its objectness and two classes are at one half.
  CHECK(found.loss == Approx(8 * kLog2 + 2 * kLog2).epsilon(1e-6));
  CHECK(found.gradient[place(1, 0, 0, 4)] == Approx(-0.5));
  CHECK(found.gradient[place(1, 0, 0, 5)] == Approx(0.5));
  CHECK(found.gradient[place(1, 0, 0, 6)] == Approx(-0.5));
  CHECK(found.gradient[place(1, 0, 1, 4)] == Approx(0.5));
  CHECK(found.gradient[place(0, 0, 0, 4)] == Approx(0.5));

  // One of 60 x 60 is answered for by an anchor of another head.
  const Result elsewhere = run(head_of_two(), Tensor({1, 2, 2, 14}), {{1, {0.5, 0.5, 0.93, 0.93}}});
  CHECK(elsewhere.loss == Approx(8 * kLog2));
}

TEST_CASE("anchors_that_fit_well_answer_too") {
  darknet::YoloHead head = head_of_two();
  head.loss.anchor_threshold = 0.4;  // the second anchor's overlap with 16 x 16 is 1/2
  const darknet::TrueBox truth{0, {0.75, 0.25, 0.25, 0.25}};
  const Result found = run(head, Tensor({1, 2, 2, 14}), {truth});
  CHECK(found.gradient[place(0, 1, 0, 4)] == Approx(-0.5));
  CHECK(found.gradient[place(0, 1, 1, 4)] == Approx(-0.5));
  CHECK(found.gradient[place(0, 1, 1, 2)] > 0);  // too wide
  head.loss.anchor_threshold = 0.5;
  CHECK(run(head, Tensor({1, 2, 2, 14}), {truth}).gradient[place(0, 1, 1, 4)] == Approx(0.5));
}

TEST_CASE("a_box_that_overlaps_an_object_and_knows_a_class_says_nothing_about_objectness") {
  // In the upper right cell the second anchor overlaps the object by 1/2.
  const darknet::TrueBox truth{0, {0.75, 0.25, 0.25, 0.25}};
  darknet::YoloHead head = head_of_two();
  head.loss.ignore_threshold = 0.45;
  CHECK(run(head, Tensor({1, 2, 2, 14}), {truth}).gradient[place(0, 1, 1, 4)] == 0);
  head.loss.ignore_threshold = 0.55;
  CHECK(run(head, Tensor({1, 2, 2, 14}), {truth}).gradient[place(0, 1, 1, 4)] == Approx(0.5));
  head.loss.ignore_threshold = 0.45;
  Tensor unsure({1, 2, 2, 14});
  unsure[place(0, 1, 1, 5)] = unsure[place(0, 1, 1, 6)] = Real(-1.2);  // below 1/4 each
  CHECK(run(head, unsure, {truth}).gradient[place(0, 1, 1, 4)] == Approx(0.5));
}

TEST_CASE("a_box_that_is_the_object_costs_nothing_however_boxes_are_compared") {
  using darknet::OverlapKind;
  const std::optional<OverlapKind> kinds[] = {std::nullopt, OverlapKind::plain, OverlapKind::generalized,
                                              OverlapKind::distance, OverlapKind::complete};
  for (const auto& kind : kinds) {
    darknet::YoloHead head = head_of_two();
    head.loss.boxes_by = kind;
    const Result exact = run(head, Tensor({1, 2, 2, 14}), {{1, {0.25, 0.75, 0.25, 0.25}}});
    CHECK(exact.loss == Approx(10 * kLog2).epsilon(1e-6));
    for (int k = 0; k < 4 && !kind; ++k) CHECK(exact.gradient[place(1, 0, 0, k)] == Approx(0).margin(1e-7));
    // A narrower object pulls the width down, a wider one up.
    CHECK(run(head, Tensor({1, 2, 2, 14}), {{1, {0.25, 0.75, 0.2, 0.25}}}).gradient[place(1, 0, 0, 2)] > 0);
    CHECK(run(head, Tensor({1, 2, 2, 14}), {{1, {0.25, 0.75, 0.3, 0.25}}}).gradient[place(1, 0, 0, 2)] < 0);
  }
}

TEST_CASE("two_objects_in_one_place_are_both_classes_and_half_the_box") {
  const darknet::TrueBox first{0, {0.25, 0.25, 0.25, 0.2}}, second{1, {0.25, 0.25, 0.2, 0.25}},
      like_first{0, {0.25, 0.25, 0.2, 0.25}};
  const Tensor zero({1, 2, 2, 14});
  const Tensor one = run(head_of_two(), zero, {first}).gradient,
               other = run(head_of_two(), zero, {second}).gradient,
               both = run(head_of_two(), zero, {first, second}).gradient,
               same = run(head_of_two(), zero, {first, like_first}).gradient;
  CHECK(both[place(0, 0, 0, 5)] == Approx(-0.5));
  CHECK(both[place(0, 0, 0, 6)] == Approx(-0.5));
  CHECK(one[place(0, 0, 0, 3)] > 0);
  for (int k = 0; k < 4; ++k) {
    const long i = place(0, 0, 0, k);
    CHECK(both[i] == Approx((one[i] + other[i]) / 2).margin(1e-7));
    CHECK(same[i] == Approx(one[i] + other[i]).margin(1e-7));
  }
}

TEST_CASE("label_smoothing_moves_classes_by_half_of_it") {
  const darknet::TrueBox truth{1, {0.25, 0.75, 0.25, 0.25}};
  const Tensor gradient = run(head_of_two(), Tensor({1, 2, 2, 14}), {truth}, 0.2).gradient;
  CHECK(gradient[place(1, 0, 0, 5)] == Approx(0.4));
  CHECK(gradient[place(1, 0, 0, 6)] == Approx(-0.4));
}

TEST_CASE("a_centre_on_the_border_belongs_to_the_last_cell_and_no_number_pulls_nothing") {
  Tensor t({1, 2, 2, 14});
  t[place(1, 1, 0, 2)] = 1000;  // eᵗ is infinite
  const darknet::TrueBox truth{0, {1, 1, 0.25, 0.25}};
  const Result found = run(head_of_two(), t, {truth});
  CHECK(found.gradient[place(1, 1, 0, 4)] == Approx(-0.5));
  CHECK(found.gradient[place(1, 1, 0, 2)] == 0);
}

TEST_CASE("the_yolo_loss_has_the_same_bits_on_any_number_of_threads") {
  Tensor t({9, 2, 2, 14});
  for (long i = 0; i < t.size(); ++i) t[i] = static_cast<Real>(std::sin(static_cast<double>(i)));
  const darknet::TrueBoxes truths(9, {{1, {0.3, 0.7, 0.25, 0.3}}, {0, {0.8, 0.1, 0.5, 0.2}}});
  const auto bits = [&](int count) {
    set_threads(count);
    const Var x(t.clone(), true);
    const Var loss = darknet::yolo_loss(x, head_of_two(), kInput, truths, 0);
    backward(loss);
    std::vector<Real> all(x.gradient().begin(), x.gradient().end());
    all.push_back(loss.value()[0]);
    set_threads(0);
    return all;
  };
  const auto one = bits(1);
  CHECK(bits(2) == one);
  CHECK(bits(3) == one);
}

TEST_CASE("the_yolo_loss_refuses_what_does_not_fit") {
  CHECK_THROWS_WITH(
      run(head_of_two(), Tensor({1, 2, 2, 13}), {}),
      "yolo_loss: found a head [1, 2, 2, 13] and boxes of 1 pictures, expected [N, H, W, 2 * 7] and "
      "boxes of N");
  CHECK_THROWS_WITH(run(head_of_two(), Tensor({1, 2, 2, 14}), {{2, {0.5, 0.5, 0.1, 0.1}}}),
                    "yolo_loss: found class 2, expected 0 to 1");
}

}  // namespace nibble::yolo_loss_test
