#include "layers/darknet/darknet.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <sstream>

#include "core/check.h"
#include "core/suggest.h"

namespace nibble::darknet {
namespace {

using Range = Section::Range;

constexpr double kLeak = 0.1;            // darknet's leaky has no other
constexpr long kMostWeights = 1L << 28;  // of a network: 1 GiB
constexpr Range kExtent{1, 8192}, kChannels{1, 65536}, kKernel{1, 255}, kStride{1, 32};

struct NamedActivation {
  const char* name;
  std::optional<ActivationKind> kind;  // none: linear
};
constexpr NamedActivation kActivations[] = {
    {"linear", {}},
    {"leaky", ActivationKind::leaky_relu},
    {"mish", ActivationKind::mish},
    {"relu", ActivationKind::relu},
    {"relu6", ActivationKind::relu6},
    {"logistic", ActivationKind::sigmoid},
    {"tanh", ActivationKind::tanh},
    {"swish", ActivationKind::swish},
    {"hard_swish", ActivationKind::hard_swish},
};

std::optional<ActivationKind> activation_of(const Section& section, const std::string& otherwise) {
  const std::string word = section.word("activation", otherwise);
  std::vector<std::string> names;
  for (const NamedActivation& known : kActivations) {
    if (word == known.name) return known.kind;
    names.emplace_back(known.name);
  }
  fail(section.where("activation"), ": found '", word, "', expected one of ", join(names),
       did_you_mean(word, names));
}

class Builder {
 public:
  Builder(const Shape& input, NormForm norm, Rng rng) : network_(rng), epsilon_(epsilon_of(norm)) {
    x_ = network_.add_input("input", input);
  }

  void add(const Section& section) {
    const auto found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                    [&](const Kind& kind) { return section.name() == kind.name; });
    if (found == std::end(kKinds)) {
      std::vector<std::string> names;
      for (const Kind& kind : kKinds) names.emplace_back(kind.name);
      fail(section.where(), ": found an unknown section", did_you_mean(section.name(), names), "; known are ",
           join(names));
    }
    section.allow(found->keys);
    check(!finished_, section.where(), ": found a layer behind [softmax], expected none");
    number_ = str(layers_.size());
    try {
      (this->*found->add)(section);
    } catch (const Error& error) {
      const std::string message = error.what();
      if (message.starts_with(section.file() + ":")) throw;
      fail(section.where(), " (layer ", number_, "): ", message);
    }
    layers_.push_back(x_);
  }

  Model finish() {
    if (!outputs_.empty()) network_.set_outputs(outputs_);
    return {std::move(network_), std::move(heads_)};
  }

 private:
  struct Kind {
    const char* name;
    void (Builder::*add)(const Section&);
    std::vector<std::string> keys;
  };
  static const std::vector<Kind> kKinds;

  std::string name(const char* part) const { return number_ + "/" + part; }

  // The layer that a key names: counted from here where it is negative, else from the first.
  NodeRef layer(const Section& section, const std::string& key, int index) const {
    const long here = static_cast<long>(layers_.size()), at = index < 0 ? here + index : index;
    check(0 <= at && at < here, section.where(key), ": found layer ", index, ", expected one before layer ",
          here, ": ", here == 0 ? "there is none" : str("0 to ", here - 1, ", or -", here, " to -1"));
    check(std::find(of_heads_.begin(), of_heads_.end(), at) == of_heads_.end(), section.where(key),
          ": found layer ", index, ", which is a [yolo] layer, expected one with values for others");
    return layers_[static_cast<std::size_t>(at)];
  }

  // Before memory is asked for.
  void count_weights(long outputs, long inputs) {
    weights_ += outputs * inputs;
    check(weights_ <= kMostWeights, "found more than ", kMostWeights,
          " weights so far, expected at most so many");
  }

  void activate(const Section& section, const std::string& otherwise) {
    if (const auto kind = activation_of(section, otherwise))
      x_ = network_.add(name("act"), ActivationOptions{.kind = *kind, .slope = kLeak}, {x_});
  }
  void normalize() { x_ = network_.add(name("norm"), BatchNormOptions{.epsilon = epsilon_}, {x_}); }
  bool is_image() const { return network_.shape(x_).rank() == 3; }

  void convolutional(const Section& s) {
    const bool norm = s.flag("batch_normalize", false);
    const int filters = s.whole("filters", kChannels, 1), size = s.whole("size", kKernel, 1);
    const int stride = s.whole("stride", kStride, 1), groups = s.whole("groups", kChannels, 1);
    const int dilation = s.whole("dilation", kStride, 1);
    const int pad = s.flag("pad", false) ? size / 2 * dilation : s.whole("padding", {0, 255}, 0);
    count_weights(filters, network_.shape(x_).back() / groups * size * size);
    if (!is_image()) {  // behind an [avgpool]: one pixel
      check(size == 1 && groups == 1, "found a convolution of ", size, " x ", size, " and ", groups,
            " groups behind an average over the image, expected 1 x 1 and one");
      x_ = network_.add(name("conv"), LinearOptions{.out_features = filters, .bias = !norm}, {x_});
    } else {
      x_ = network_.add(name("conv"),
                        Conv2dOptions{.out_channels = filters,
                                      .kernel = {size, size},
                                      .stride = {s.whole("stride_y", kStride, stride),
                                                 s.whole("stride_x", kStride, stride)},
                                      .padding = {pad, pad},
                                      .dilation = {dilation, dilation},
                                      .groups = groups,
                                      .bias = !norm},
                        {x_});
    }
    if (norm) normalize();
    activate(s, "logistic");
  }

  void connected(const Section& s) {
    if (is_image()) x_ = network_.add(name("flat"), FlattenOptions{}, {x_});
    const bool norm = s.flag("batch_normalize", false);
    count_weights(s.whole("output", kChannels, 1), network_.shape(x_).back());
    x_ = network_.add(name("linear"),
                      LinearOptions{.out_features = s.whole("output", kChannels, 1), .bias = !norm}, {x_});
    if (norm) normalize();
    activate(s, "logistic");
  }

  void batchnorm(const Section&) { normalize(); }

  void shortcut(const Section& s) {
    check(s.has("from"), s.where(), ": found no 'from', expected a layer such as from=-3");
    int number = 0;
    for (const int from : s.wholes("from", {})) {
      const std::string sum = number++ == 0 ? name("add") : name("add") + str(number);
      x_ = network_.add(sum, AddOptions{}, {x_, layer(s, "from", from)});
    }
    activate(s, "linear");
  }

  void route(const Section& s) {
    std::vector<NodeRef> from;
    for (const int index : s.wholes("layers", {})) from.push_back(layer(s, "layers", index));
    check(!from.empty(), s.where(), ": found no 'layers', expected some such as layers=-1,8");
    const int groups = s.whole("groups", kChannels, 1),
              group = s.whole("group_id", {0, kChannels.highest}, 0);
    check(group < groups, s.where("group_id"), ": found ", group, ", expected less than groups, ", groups);
    for (std::size_t i = 0; i < from.size() && groups > 1; ++i) {
      const long channels = network_.shape(from[i]).back();
      check(channels % groups == 0, s.where("groups"), ": found ", groups, ", expected a divisor of ",
            channels, " channels");
      const std::string part = i == 0 ? name("part") : name("part") + str(i + 1);
      from[i] = network_.add(part, SliceOptions{group * channels / groups, (group + 1) * channels / groups},
                             {from[i]});
    }
    x_ = from.size() == 1 ? from.front() : network_.add(name("concat"), ConcatOptions{}, from);
  }

  // darknet pads by `padding` in all, half of it in front, and takes size − 1 where nothing is said.
  void maxpool(const Section& s) {
    const int stride = s.whole("stride", kStride, 1), size = s.whole("size", kKernel, stride);
    const int padding = s.whole("padding", {0, 255}, size - 1), front = padding / 2;
    const Shape& image = network_.shape(x_);
    // More at the end only where a window begins that would not otherwise.
    const auto extra = [&](int axis) {
      const long extent = image.rank() == 3 ? image[axis] : 0;
      const auto windows = [&](int all) { return (extent + all - size) / stride; };
      return windows(padding) == windows(2 * front) ? 0 : padding - 2 * front;
    };
    x_ = network_.add(name("pool"),
                      PoolOptions{.kind = PoolKind::max,
                                  .kernel = {size, size},
                                  .stride = {stride, stride},
                                  .padding = {front, front},
                                  .extra = {extra(0), extra(1)}},
                      {x_});
  }

  void avgpool(const Section&) { x_ = network_.add(name("avgpool"), GlobalPoolOptions{}, {x_}); }

  void upsample(const Section& s) {
    x_ = network_.add(name("upsample"), UpsampleOptions{.factor = s.whole("stride", kStride, 2)}, {x_});
  }

  void dropout(const Section& s) {
    x_ =
        network_.add(name("dropout"), DropoutOptions{.rate = s.number("probability", {0, 0.999}, 0.5)}, {x_});
  }

  void scale_channels(const Section& s) {
    check(s.has("from"), s.where(), ": found no 'from', expected the layer whose channels are scaled");
    x_ = network_.add(name("scale"), MultiplyOptions{}, {layer(s, "from", s.whole("from", {}, 0)), x_});
    activate(s, "linear");
  }

  // Scores stay as they are: the loss takes the softmax, and the largest stays the largest.
  void softmax(const Section& s) {
    s.whole("groups", {1, 1}, 1);
    finished_ = true;
  }

  void yolo(const Section& s) {
    check(is_image() && x_.index > 0, "found no image of values in front, expected a convolution");
    YoloHead head = parse_head(s);
    const long channels = network_.shape(x_).back(),
               expected = static_cast<long>(head.anchors.size()) * (head.classes + 5);
    check(channels == expected, s.where(), ": found ", channels, " channels in front, expected ", expected,
          ": ", head.anchors.size(), " anchors of x, y, w, h, objectness and ", head.classes, " classes");
    of_heads_.push_back(static_cast<long>(layers_.size()));
    outputs_.push_back(x_);
    heads_.push_back(std::move(head));
  }

  Network network_;
  const double epsilon_;
  NodeRef x_;
  long weights_ = 0;
  std::string number_;  // of the layer that is added
  std::vector<NodeRef> layers_, outputs_;
  std::vector<long> of_heads_;
  std::vector<YoloHead> heads_;
  bool finished_ = false;
};

const std::vector<Builder::Kind> Builder::kKinds{
    {"convolutional",
     &Builder::convolutional,
     {"filters", "size", "stride", "stride_x", "stride_y", "pad", "padding", "groups", "dilation",
      "batch_normalize", "activation"}},
    {"connected", &Builder::connected, {"output", "batch_normalize", "activation"}},
    {"batchnorm", &Builder::batchnorm, {}},
    {"shortcut", &Builder::shortcut, {"from", "activation"}},
    {"route", &Builder::route, {"layers", "groups", "group_id"}},
    {"maxpool", &Builder::maxpool, {"size", "stride", "padding"}},
    {"avgpool", &Builder::avgpool, {}},
    {"upsample", &Builder::upsample, {"stride"}},
    {"dropout", &Builder::dropout, {"probability"}},
    {"scale_channels", &Builder::scale_channels, {"from", "activation"}},
    {"softmax", &Builder::softmax, {"groups"}},
    {"yolo", &Builder::yolo, yolo_keys()},
};

// What darknet trains with stands here, too. It is known, so that any cfg is read, and not used.
constexpr const char* kNetKeys =
    "width height channels batch subdivisions momentum decay angle saturation exposure hue "
    "learning_rate burn_in max_batches policy steps scales step scale gamma power mosaic "
    "mosaic_bound cutmix mixup flip letter_box max_crop min_crop aspect adam B1 B2 eps "
    "ema_alpha label_smooth_eps blur gaussian_noise resize_step optimized_memory time_steps "
    "dynamic_minibatch max_chart_loss weights_reject_freq equidistant_point "
    "num_sigmas_reject_badlabels badlabels_rejection_percentage";

std::vector<std::string> words_of(const char* text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

const Section& net_of(const std::vector<Section>& sections) {
  const Section& net = sections.front();
  check(net.name() == "net" || net.name() == "network", net.where(),
        ": found this section first, expected [net]");
  return net;
}

}  // namespace

double epsilon_of(NormForm form) {
  switch (form) {
    case NormForm::alexeyab:
      return 1e-5;
    case NormForm::opencv:
      return 1e-6;
    case NormForm::pjreddie:
      return 1e-12;
  }
  fail("darknet: found an unknown form of norm");
}

Shape input_shape(const std::vector<Section>& sections) {
  const Section& net = net_of(sections);
  for (const char* key : {"width", "height"})
    check(net.has(key), net.where(), ": found no '", key, "', expected the size of the input");
  return {net.whole("height", kExtent, 0), net.whole("width", kExtent, 0), net.whole("channels", {1, 4}, 3)};
}

Model build(const std::vector<Section>& sections, const Shape& input, NormForm norm, Rng rng) {
  const Section& net = net_of(sections);
  net.allow(words_of(kNetKeys));
  check(sections.size() > 1, net.where(), ": found no layer behind it, expected some");
  Builder builder(input, norm, rng);
  for (std::size_t i = 1; i < sections.size(); ++i) builder.add(sections[i]);
  return builder.finish();
}

}  // namespace nibble::darknet
