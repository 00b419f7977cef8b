#include "layers/darknet/yolo_loss.h"

#include <algorithm>
#include <cmath>

#include "layers/darknet/picture_mean.h"

namespace nibble::darknet {
namespace {

constexpr double kSureOfAClass = 0.25;
constexpr double kLeastExtent = 1e-6;  // of an object, in shares of the picture: it has a logarithm

// What one number is to say, and how far it is from it.
struct Term {
  double loss, gradient;
};
Term probability_term(double t, double wanted, bool is_probability) {
  if (is_probability) return {(wanted - t) * (wanted - t) / 2, t - wanted};
  return {softplus(t) - wanted * t, logistic(t) - wanted};
}

// One head on one picture.
class PictureLoss {
 public:
  PictureLoss(const Real* t, const Shape& cells, const YoloHead& head, const Shape& input,
              const std::vector<TrueBox>& truths, double smoothing)
      : t_(t),
        head_(head),
        input_(input),
        truths_(truths),
        smoothing_(smoothing),
        high_(cells[0]),
        wide_(cells[1]),
        anchors_(static_cast<long>(head.anchors.size())),
        values_(5 + head.classes),
        objects_(static_cast<std::size_t>(high_ * wide_ * anchors_)) {
    for (const TrueBox& truth : truths_) assign(truth);
  }

  // Returns the loss; writes its gradient unless `gradient` is null.
  double operator()(Real* gradient) const {
    double loss = 0;
    for (long slot = 0; slot < static_cast<long>(objects_.size()); ++slot) {
      Real* const into = gradient ? gradient + slot * values_ : nullptr;
      if (into) std::fill_n(into, values_, Real(0));
      loss += objectness(slot, into);
      if (!objects_[static_cast<std::size_t>(slot)].empty()) loss += classes(slot, into) + boxes(slot, into);
    }
    return loss;
  }

 private:
  // Slot (i · wide + j) · anchors + a is anchor a in row i and column j.
  const Real* numbers(long slot) const { return t_ + slot * values_; }

  // Of a centre in its cell.
  double place(Real t) const {
    const double p = head_.new_coords ? static_cast<double>(t) : logistic(static_cast<double>(t));
    return p * head_.scale_x_y - (head_.scale_x_y - 1) / 2;
  }

  CentredBox box_of(long slot) const {
    const Real* const t = numbers(slot);
    const YoloHead::Anchor& anchor = head_.anchors[static_cast<std::size_t>(slot % anchors_)];
    const long cell = slot / anchors_;
    const auto extent = [&](Real v, double side, long pixels) {
      const double grown = head_.new_coords ? 4 * static_cast<double>(v) * static_cast<double>(v)
                                            : std::exp(static_cast<double>(v));
      return grown * side / static_cast<double>(pixels);
    };
    return {(static_cast<double>(cell % wide_) + place(t[0])) / static_cast<double>(wide_),
            (static_cast<double>(cell / wide_) + place(t[1])) / static_cast<double>(high_),
            extent(t[2], anchor.width, input_[1]), extent(t[3], anchor.height, input_[0])};
  }

  // Of an anchor and an object, both in one place.
  double likeness(const YoloHead::Anchor& anchor, const TrueBox& truth) const {
    return overlap(
        {0, 0, anchor.width / static_cast<double>(input_[1]), anchor.height / static_cast<double>(input_[0])},
        {0, 0, truth.box.w, truth.box.h});
  }

  // Notes who of this head answers for the object.
  void assign(const TrueBox& truth) {
    const auto cell = [](double place, long cells) {
      return std::clamp(static_cast<long>(place * static_cast<double>(cells)), 0L, cells - 1);
    };
    const long first = (cell(truth.box.y, high_) * wide_ + cell(truth.box.x, wide_)) * anchors_;
    int best = 0;
    double most = 0;
    for (std::size_t n = 0; n < head_.all_anchors.size(); ++n) {
      const double likeness_of_n = likeness(head_.all_anchors[n], truth);
      if (likeness_of_n > most) best = static_cast<int>(n), most = likeness_of_n;
    }
    for (long a = 0; a < anchors_; ++a) {
      const auto k = static_cast<std::size_t>(a);
      if (head_.mask[k] == best || likeness(head_.anchors[k], truth) > head_.loss.anchor_threshold)
        objects_[static_cast<std::size_t>(first + a)].push_back(&truth);
    }
  }

  bool ignored(long slot) const {
    const Real* const t = numbers(slot);
    const double sure = head_.new_coords ? kSureOfAClass : std::log(kSureOfAClass / (1 - kSureOfAClass));
    const bool knows = std::any_of(t + 5, t + values_, [&](Real v) { return static_cast<double>(v) > sure; });
    if (!knows || truths_.empty()) return false;
    const CentredBox box = box_of(slot);
    return std::any_of(truths_.begin(), truths_.end(), [&](const TrueBox& truth) {
      return overlap(box, truth.box) > head_.loss.ignore_threshold;
    });
  }

  double objectness(long slot, Real* into) const {
    const bool is_object = !objects_[static_cast<std::size_t>(slot)].empty();
    if (!is_object && ignored(slot)) return 0;
    const Term term = probability_term(static_cast<double>(numbers(slot)[4]), is_object, head_.new_coords);
    if (into) into[4] = static_cast<Real>(head_.loss.object_weight * term.gradient);
    return head_.loss.object_weight * term.loss;
  }

  bool answers_for(long slot, int label) const {
    const auto& objects = objects_[static_cast<std::size_t>(slot)];
    return std::any_of(objects.begin(), objects.end(), [&](const TrueBox* o) { return o->label == label; });
  }

  double classes(long slot, Real* into) const {
    double loss = 0;
    for (int c = 0; c < head_.classes; ++c) {
      const double wanted = answers_for(slot, c) ? 1 - smoothing_ / 2 : smoothing_ / 2;
      const Term term = probability_term(static_cast<double>(numbers(slot)[5 + c]), wanted, head_.new_coords);
      loss += term.loss;
      if (into) into[5 + c] = static_cast<Real>(head_.loss.class_weight * term.gradient);
    }
    return head_.loss.class_weight * loss;
  }

  // What one object says of a box, and where it pulls the box's numbers.
  struct BoxTerm {
    double loss, pulls[4];
  };

  BoxTerm overlap_term(long slot, const CentredBox& box, const CentredBox& truth, OverlapKind kind) const {
    const CentredBox toward = pull(kind, box, truth);
    const auto grown = [&](int k) {
      return head_.new_coords ? 1.0 : std::exp(static_cast<double>(numbers(slot)[k]));
    };
    return {1 - overlap(kind, box, truth), {toward.x, toward.y, toward.w * grown(2), toward.h * grown(3)}};
  }

  BoxTerm squares_term(long slot, const CentredBox& truth) const {
    const Real* const t = numbers(slot);
    const YoloHead::Anchor& anchor = head_.anchors[static_cast<std::size_t>(slot % anchors_)];
    const long cell = slot / anchors_;
    const auto wanted_extent = [&](double share, long pixels, double side) {
      const double times = std::max(share, kLeastExtent) * static_cast<double>(pixels) / side;
      return head_.new_coords ? std::sqrt(times / 4) : std::log(times);
    };
    const double wanted[] = {truth.x * static_cast<double>(wide_) - static_cast<double>(cell % wide_),
                             truth.y * static_cast<double>(high_) - static_cast<double>(cell / wide_),
                             wanted_extent(truth.w, input_[1], anchor.width),
                             wanted_extent(truth.h, input_[0], anchor.height)};
    const double found[] = {place(t[0]), place(t[1]), static_cast<double>(t[2]), static_cast<double>(t[3])};
    const double weight = 2 - truth.w * truth.h;  // small objects count more
    BoxTerm term{0, {}};
    for (int k = 0; k < 4; ++k) {
      term.pulls[k] = weight * (wanted[k] - found[k]);
      term.loss += weight / 2 * (wanted[k] - found[k]) * (wanted[k] - found[k]);
    }
    return term;
  }

  double boxes(long slot, Real* into) const {
    const CentredBox box = box_of(slot);
    double different = 0, loss = 0, gradient[4] = {};
    for (int c = 0; c < head_.classes; ++c) different += answers_for(slot, c);
    const double longest = head_.loss.boxes_by ? head_.loss.longest_pull : HUGE_VAL;
    for (const TrueBox* truth : objects_[static_cast<std::size_t>(slot)]) {
      const BoxTerm term = head_.loss.boxes_by ? overlap_term(slot, box, truth->box, *head_.loss.boxes_by)
                                               : squares_term(slot, truth->box);
      loss += term.loss;
      for (int k = 0; k < 4; ++k) {
        const double all = head_.loss.box_weight * term.pulls[k];
        if (std::isfinite(all)) gradient[k] -= std::clamp(all, -longest, longest) / different;
      }
    }
    for (int k = 0; k < 4 && into; ++k) into[k] = static_cast<Real>(gradient[k]);
    return head_.loss.box_weight * loss / different;
  }

  const Real* t_;
  const YoloHead& head_;
  const Shape input_;
  const std::vector<TrueBox>& truths_;
  const double smoothing_;
  const long high_, wide_, anchors_, values_;
  std::vector<std::vector<const TrueBox*>> objects_;  // of each slot: those that it answers for
};

void check_truths(const TrueBoxes& truths, const YoloHead& rules) {
  for (const std::vector<TrueBox>& picture : truths) {
    for (const TrueBox& truth : picture) {
      check(truth.label >= 0 && truth.label < rules.classes, "yolo_loss: found class ", truth.label,
            ", expected 0 to ", rules.classes - 1);
    }
  }
}

}  // namespace

Var yolo_loss(const Var& head, const YoloHead& rules, const Shape& input, const TrueBoxes& truths,
              double label_smoothing) {
  const Tensor& t = head.value();
  const Shape shape = t.shape();
  const long values = 5 + rules.classes;
  check(shape.rank() == 4 && shape[0] == static_cast<long>(truths.size()) &&
            shape[3] == static_cast<long>(rules.anchors.size()) * values,
        "yolo_loss: found a head ", shape, " and boxes of ", truths.size(), " pictures, expected [N, H, W, ",
        rules.anchors.size(), " * ", values, "] and boxes of N");
  check_truths(truths, rules);
  return picture_mean("yolo_loss", head, [&](long n, Real* gradient) {
    return PictureLoss(t.data() + n * shape.row(), {shape[1], shape[2]}, rules, input,
                       truths[static_cast<std::size_t>(n)], label_smoothing)(gradient);
  });
}

}  // namespace nibble::darknet
