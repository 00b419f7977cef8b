// Gradients of the losses of detectors' heads against central differences.

#include <array>
#include <numbers>

#include "layers/darknet/head_distillation.h"
#include "layers/darknet/yolo_loss.h"
#include "tests/support/gradient_check.h"

namespace nibble::head_gradients_test {
namespace {

using darknet::CentredBox;
using darknet::OverlapKind;

constexpr OverlapKind kKinds[] = {OverlapKind::plain, OverlapKind::generalized, OverlapKind::distance,
                                  OverlapKind::complete};

// Two anchors of three, three classes: 2 · 8 channels.
darknet::YoloHead sample_head() {
  darknet::YoloHead head;
  head.all_anchors = {{10, 14}, {23, 27}, {37, 58}};
  head.mask = {1, 2};
  head.anchors = {{23, 27}, {37, 58}};
  head.classes = 3;
  head.scale_x_y = 1.1;
  head.loss.anchor_threshold = 0.4;
  head.loss.object_weight = 0.7;
  head.loss.class_weight = 1.3;
  head.loss.box_weight = 0.07;
  head.loss.boxes_by = OverlapKind::complete;
  return head;
}

const Shape kInput{64, 96, 3};

// In the second picture two objects of different classes share a cell and an anchor.
const darknet::TrueBoxes kTruths{{{1, {0.3, 0.6, 0.25, 0.4}}},
                                 {{0, {0.8, 0.2, 0.3, 0.5}}, {2, {0.82, 0.22, 0.35, 0.5}}}};
const Shape kHead{2, 2, 3, 16};

// As check_gradients: d/dbox of a function of a box, by one of its four numbers.
double difference(const std::function<double(const CentredBox&)>& of, CentredBox box,
                  double CentredBox::*number) {
  constexpr double step = 1e-6;
  const double centre = box.*number;
  box.*number = centre + step;
  const double above = of(box);
  box.*number = centre - step;
  return (above - of(box)) / (2 * step);
}

double squared(double v) { return v * v; }

double spanned(double x, double w, double y, double h) {
  return std::max(x + w / 2, y + h / 2) - std::min(x - w / 2, y - h / 2);
}

// The area of the union over that of the smallest rectangle around both.
double filled(const CentredBox& a, const CentredBox& b) {
  const double iou = darknet::overlap(a, b), both = a.w * a.h + b.w * b.h;
  return both / (1 + iou) / (spanned(a.x, a.w, b.x, b.w) * spanned(a.y, a.h, b.y, b.h));
}

// Squared distance of the centres over the squared diagonal around both.
double apart(const CentredBox& a, const CentredBox& b) {
  return (squared(a.x - b.x) + squared(a.y - b.y)) /
         (squared(spanned(a.x, a.w, b.x, b.w)) + squared(spanned(a.y, a.h, b.y, b.h)));
}

double aspect(const CentredBox& box, const CentredBox& truth) {
  return 4 / squared(std::numbers::pi) * squared(std::atan(truth.w / truth.h) - std::atan(box.w / box.h));
}

// What the header of box_overlap.h promises, by central differences.
CentredBox promised_pull(OverlapKind kind, const CentredBox& box, const CentredBox& truth) {
  const auto iou = [&](const CentredBox& b) { return darknet::overlap(b, truth); };
  const auto distance = [&](const CentredBox& b) { return apart(b, truth); };
  const auto turned = [&](const CentredBox& b) { return aspect(b, truth); };
  const double v = aspect(box, truth), alpha = v / (1 - iou(box) + v + 1e-6);
  const auto shares = [&](const CentredBox& b) {
    return iou(b) + (kind == OverlapKind::generalized ? filled(b, truth) : 0);
  };
  const double apart_weight = kind == OverlapKind::distance || kind == OverlapKind::complete ? 1 : 0;
  const double turn = kind == OverlapKind::complete ? alpha * (squared(box.w) + squared(box.h)) : 0;
  const auto place = [&](double CentredBox::*n) {
    return difference(shares, box, n) - apart_weight * difference(distance, box, n);
  };
  const auto extent = [&](double CentredBox::*n) {
    return 2 * difference(shares, box, n) - apart_weight * difference(distance, box, n) -
           turn * difference(turned, box, n);
  };
  return {place(&CentredBox::x), place(&CentredBox::y), extent(&CentredBox::w), extent(&CentredBox::h)};
}

const CentredBox kTruth{0.5, 0.5, 0.3, 0.2};
const std::vector<CentredBox> kBoxes{
    {0.52, 0.47, 0.2, 0.3},   // reaches out at the top and bottom
    {0.45, 0.55, 0.5, 0.4},   // around it
    {0.55, 0.48, 0.1, 0.08},  // inside of it
    {0.65, 0.62, 0.3, 0.25},  // over a corner
    {0.1, 0.2, 0.1, 0.2},     // elsewhere
};

// The box that numbers x, y, w, h of an anchor in a cell stand for.
CentredBox decoded(const darknet::YoloHead& head, const Real* t, long row, long column, long anchor) {
  const auto logistic = [](double v) { return 1 / (1 + std::exp(-v)); };
  const double s = head.scale_x_y;
  const auto place = [&](double v) { return (head.new_coords ? v : logistic(v)) * s - (s - 1) / 2; };
  const auto extent = [&](double v) { return head.new_coords ? 4 * v * v : std::exp(v); };
  const auto& a = head.anchors[static_cast<std::size_t>(anchor)];
  return {(static_cast<double>(column) + place(t[0])) / 3, (static_cast<double>(row) + place(t[1])) / 2,
          extent(t[2]) * a.width / 96, extent(t[3]) * a.height / 64};
}

Tensor gradient_of(const darknet::YoloHead& head, const Tensor& t, double smoothing) {
  const Var x(t.clone(), true);
  backward(darknet::yolo_loss(x, head, kInput, kTruths, smoothing));
  return x.gradient();
}

// Numbers of a head; new_coords has probabilities.
Tensor numbers_of(bool new_coords) {
  return new_coords ? uniform(kHead, 5, 0.05, 0.95) : uniform(kHead, 5, -2, 2);
}

// The gradient of the boxes as the headers promise it, number by number; counts what was cut.
struct PromisedBoxes {
  const darknet::YoloHead& head;
  const Tensor& t;
  long answering = 0, cut = 0;

  std::array<double, 4> gradient(long slot) {
    const long anchor = slot % 2, column = slot / 2 % 3, row = slot / 6 % 2, picture = slot / 12;
    const Real* const numbers = t.data() + slot * 8;
    std::array<double, 4> expected{};
    double objects = 0;
    for (const darknet::TrueBox& truth : kTruths[static_cast<std::size_t>(picture)]) {
      const auto likeness = [&](const darknet::YoloHead::Anchor& a) {
        return darknet::overlap({0, 0, truth.box.w, truth.box.h}, {0, 0, a.width / 96, a.height / 64});
      };
      const auto& own = head.anchors[static_cast<std::size_t>(anchor)];
      double best = 0;
      for (const auto& other : head.all_anchors) best = std::max(best, likeness(other));
      const bool answers = likeness(own) == best || likeness(own) > head.loss.anchor_threshold;
      if (!answers || static_cast<long>(truth.box.x * 3) != column ||
          static_cast<long>(truth.box.y * 2) != row)
        continue;
      objects += 1;
      const CentredBox pull =
          promised_pull(*head.loss.boxes_by, decoded(head, numbers, row, column, anchor), truth.box);
      const double grown_w = head.new_coords ? 1 : std::exp(numbers[2]),
                   grown_h = head.new_coords ? 1 : std::exp(numbers[3]);
      const double pulls[] = {pull.x, pull.y, pull.w * grown_w, pull.h * grown_h};
      const double longest = head.loss.longest_pull;
      for (std::size_t k = 0; k < 4; ++k) {
        const double wanted = head.loss.box_weight * pulls[k];
        cut += std::abs(wanted) > longest;
        expected[k] -= std::clamp(wanted, -longest, longest);
      }
    }
    answering += objects > 0;
    // The mean over two pictures; two objects here are of two classes.
    for (double& number : expected) number /= std::max(objects, 1.0) * 2;
    return expected;
  }
};

}  // namespace

TEST_CASE("a_box_is_pulled_as_the_header_says") {
  for (const OverlapKind kind : kKinds) {
    for (const CentredBox& box : kBoxes) {
      const CentredBox found = darknet::pull(kind, box, kTruth), expected = promised_pull(kind, box, kTruth);
      INFO("kind " << static_cast<int>(kind) << ", box " << box.x << " " << box.y << " " << box.w << " "
                   << box.h);
      CHECK(found.x == Approx(expected.x).margin(1e-7));
      CHECK(found.y == Approx(expected.y).margin(1e-7));
      CHECK(found.w == Approx(expected.w).margin(1e-7));
      CHECK(found.h == Approx(expected.h).margin(1e-7));
    }
  }
}

TEST_CASE("overlaps_are_made_of_overlap_what_is_filled_distance_and_aspect") {
  for (const CentredBox& box : kBoxes) {
    const double iou = darknet::overlap(box, kTruth), v = aspect(box, kTruth);
    const auto found = [&](OverlapKind kind) { return darknet::overlap(kind, box, kTruth); };
    CHECK(found(OverlapKind::plain) == iou);
    CHECK(found(OverlapKind::generalized) == Approx(iou - 1 + filled(box, kTruth)));
    CHECK(found(OverlapKind::distance) == Approx(iou - apart(box, kTruth)));
    CHECK(found(OverlapKind::complete) == Approx(iou - apart(box, kTruth) - v * v / (1 - iou + v + 1e-6)));
  }
  for (const OverlapKind kind : kKinds) CHECK(darknet::overlap(kind, kTruth, kTruth) == Approx(1));
}

TEST_CASE("objectness_and_classes_of_the_yolo_loss_match_central_differences") {
  for (const bool new_coords : {false, true}) {
    for (const double smoothing : {0.0, 0.2}) {
      darknet::YoloHead head = sample_head();
      head.new_coords = new_coords;
      head.loss.box_weight = 0;  // boxes have a test of their own
      check_gradients(str("yolo_loss, new_coords ", new_coords, ", smoothing ", smoothing),
                      [=](const std::vector<Var>& v) {
                        return darknet::yolo_loss(v[0], head, kInput, kTruths, smoothing);
                      },
                      {numbers_of(new_coords)});
    }
  }
}

TEST_CASE("boxes_of_the_yolo_loss_are_pulled_as_the_header_says") {
  for (const OverlapKind kind : kKinds) {
    for (const bool new_coords : {false, true}) {
      for (const double longest : {1e9, 0.01}) {
        darknet::YoloHead head = sample_head();
        head.new_coords = new_coords;
        head.loss.longest_pull = longest;
        head.loss.boxes_by = kind;
        const Tensor t = numbers_of(new_coords), gradient = gradient_of(head, t, 0);
        PromisedBoxes promised{head, t};
        for (long slot = 0; slot < t.size() / 8; ++slot) {
          const std::array<double, 4> expected = promised.gradient(slot);
          for (int k = 0; k < 4; ++k) {
            INFO("kind " << static_cast<int>(kind) << ", slot " << slot << ", number " << k);
            CHECK(gradient[slot * 8 + k] == Approx(expected[static_cast<std::size_t>(k)]).margin(1e-8));
          }
        }
        CHECK(promised.answering >= 2);
        CHECK((promised.cut > 0) == (longest < 1));
      }
    }
  }
}

TEST_CASE("with_mse_all_numbers_of_the_yolo_loss_but_places_behind_a_sigmoid_match_central_differences") {
  darknet::YoloHead head = sample_head();
  head.loss.boxes_by = {};
  head.loss.longest_pull = 1e-9;  // cuts nothing here
  const auto loss = [&](const std::vector<Var>& v) {
    return darknet::yolo_loss(v[0], head, kInput, kTruths, 0.1);
  };
  head.new_coords = true;
  head.scale_x_y = 1;
  check_gradients("yolo_loss, mse, new_coords", loss, {numbers_of(true)});

  // Otherwise darknet leaves out what lies between t and its place in the cell: σ(1 − σ) · scale_x_y.
  head.new_coords = false;
  head.scale_x_y = 1.1;
  const Tensor t = numbers_of(false), gradient = gradient_of(head, t, 0.1);
  long moved = 0;
  for (long i = 0; i < t.size(); ++i) {
    const auto at = [&](double offset) {
      Tensor other = t.clone();
      other[i] += offset;
      return darknet::yolo_loss(Var(other), head, kInput, kTruths, 0.1).value()[0];
    };
    const double s = 1 / (1 + std::exp(-t[i])), between = i % 8 < 2 ? s * (1 - s) * head.scale_x_y : 1;
    CHECK(gradient[i] * between == Approx((at(1e-6) - at(-1e-6)) / 2e-6).margin(1e-7));
    moved += i % 8 < 4 && gradient[i] != 0;
  }
  CHECK(moved >= 8);
}

TEST_CASE("the_distance_of_a_head_from_a_teacher_matches_central_differences") {
  for (const bool new_coords : {false, true}) {
    darknet::YoloHead head = sample_head();
    head.new_coords = new_coords;
    const Tensor teacher = new_coords ? uniform(kHead, 7, 0.05, 0.95) : uniform(kHead, 7, -2, 2);
    const auto op = [=](const std::vector<Var>& v) {
      return darknet::head_distillation(v[0], teacher, head);
    };
    check_gradients(str("head_distillation, new_coords ", new_coords), op, {numbers_of(new_coords)});
    CHECK(op({Var(teacher)}).value()[0] == Approx(0).margin(1e-12));
    CHECK(op({Var(numbers_of(new_coords))}).value()[0] > 0.1);
  }
}

TEST_CASE("where_a_teacher_sees_no_object_only_objectness_is_learned") {
  Tensor teacher = uniform(kHead, 7, -2, 2);
  teacher[4] = -8;  // σ is 0.0003
  teacher[12] = -6;
  const Var x(uniform(kHead, 5, -2, 2), true);
  backward(darknet::head_distillation(x, teacher, sample_head()));
  for (const long k : {0, 1, 2, 3, 5, 6, 7}) {
    CHECK(x.gradient()[k] == 0);
    CHECK(x.gradient()[8 + k] != 0);
  }
  CHECK(x.gradient()[4] != 0);
}

}  // namespace nibble::head_gradients_test
