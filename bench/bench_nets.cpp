#include "bench/bench_nets.h"

#include <algorithm>

#include "core/buffer_pool.h"
#include "core/suggest.h"
#include "datasets/datasets.h"
#include "experiments/process/exit_codes.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"

namespace nibble::bench {
namespace {

constexpr int kHidden = 300;  // units of the language model
constexpr int kObjects = 7;   // in a picture, as COCO has them on average

// Pictures of random bytes with boxes at random places.
class BoxedNoise : public ImageSource {
 public:
  explicit BoxedNoise(const BenchNet& net) : net_(net) {}

  long size() const override { return 4 * net_.batch; }
  Target target(long i) const override {
    Rng rng = Rng(1).stream("boxes").stream(static_cast<std::uint64_t>(i));
    const auto side = static_cast<float>(net_.side);
    std::vector<Box> boxes(kObjects);
    for (Box& box : boxes) {
      box.label = static_cast<int>(rng.below(static_cast<std::uint64_t>(net_.classes)));
      box.w = rng.uniform(0.05f, 0.6f) * side, box.h = rng.uniform(0.05f, 0.6f) * side;
      box.x = rng.uniform(0, side - box.w), box.y = rng.uniform(0, side - box.h);
    }
    return boxes;
  }
  Array<std::uint8_t> make(long i) const override {
    Rng rng = Rng(1).stream("pixels").stream(static_cast<std::uint64_t>(i));
    auto pixels = Array<std::uint8_t>::uninitialized({net_.side, net_.side, 3});
    for (std::uint8_t& byte : pixels) byte = static_cast<std::uint8_t>(rng.below(256));
    return pixels;
  }

 private:
  BenchNet net_;
};

// The one who asks judges nothing, so nothing is said of what is in the test pictures.
ImageSet boxed_noise(const BenchNet& net) {
  ImageSet images;
  images.name = net.name;
  images.sample_shape = {net.side, net.side, 3};
  images.train = images.test = Split(std::make_shared<BoxedNoise>(net));
  images.mean.assign(3, 0), images.std.assign(3, 1);
  for (int i = 0; i < net.classes; ++i) images.class_names.push_back(str("class ", i));
  return images;
}

}  // namespace

const std::vector<BenchNet>& bench_nets() {
  static const std::vector<BenchNet> nets{
      {.name = "resnet20", .batch = 128, .side = 32, .classes = 10},
      {.name = "resnet18", .batch = 16, .side = 224, .classes = 1000},
      {.name = "mobilenet_v2", .batch = 16, .side = 224, .classes = 1000},
      {.name = "efficientnet_b0", .batch = 16, .side = 224, .classes = 1000},
      {.name = "lstm", .batch = 20, .classes = 10000, .unroll = 35},
      {.name = "yolov4-tiny", .batch = 8, .side = 416, .classes = 80, .finds_boxes = true},
      {.name = "yolov4", .batch = 4, .side = 416, .classes = 80, .finds_boxes = true},
  };
  return nets;
}

const BenchNet& find_net(const std::string& name) {
  std::vector<std::string> names;
  for (const BenchNet& net : bench_nets()) {
    if (net.name == name) return net;
    names.push_back(net.name);
  }
  usage_error("unknown net '", name, "', expected one of ", join(names), did_you_mean(name, names));
}

const std::vector<std::string>& bench_modes() {
  static const std::vector<std::string> modes{"float", "w4a4"};
  return modes;
}

ImageSet bench_images(const BenchNet& net) {
  if (net.finds_boxes) return boxed_noise(net);
  DatasetOptions options;
  options.image_size = net.side;
  options.train_samples = 4 * net.batch;
  options.test_samples = 64;
  return open_images(options);
}

std::unique_ptr<Task> bench_task(const BenchNet& net) {
  if (net.finds_boxes) return make_task(BoxSet{bench_images(net), {}}, {.kind = net.name});
  if (!net.reads_text()) return image_task(bench_images(net));
  std::vector<std::string> words;
  for (int i = 0; i < net.classes; ++i) words.push_back("w" + std::to_string(i));
  Corpus corpus;
  corpus.name = net.name;
  corpus.vocabulary = Vocabulary(std::move(words));
  corpus.train = Array<int>::uninitialized({net.batch * (4 * net.unroll + 1)});
  Rng rng(1);
  for (int& token : corpus.train)
    token = static_cast<int>(rng.below(static_cast<std::uint64_t>(net.classes)));
  corpus.valid = corpus.test = corpus.train;
  return text_task(std::move(corpus));
}

Network bench_network(const BenchNet& net, const std::string& mode, const Task& task) {
  ModelOptions model;
  model.kind = net.name;
  if (net.reads_text()) model.width = kHidden;
  Network network = build_model(model, task.sample_shape(), net.classes, Rng(1));
  if (mode == "float") return network;
  QuantPolicy policy;
  policy.method = QuantMethod::learned_scale_shift;
  if (net.reads_text()) policy.first_and_last_bits = policy.weight_bits;
  quantize(network, policy);
  const Sample sample = task.calibration_sample(net.batch * std::max(net.unroll, 1L));
  initialize_quantizers(network, sample.x, sample.sequences);
  buffer_pool::trim();
  return network;
}

TrainConfig bench_training(const BenchNet& net) {
  TrainConfig train;
  train.batch = static_cast<int>(net.batch);
  train.epochs = 1000;
  train.learning_rate = 0.001;  // so small that random weights do not diverge
  if (net.finds_boxes) {        // the peer's pictures are fixed; and the loss of random weights is large
    train.augment = false;
    train.learning_rate = 1e-5;
    train.nesterov = false;
  }
  if (net.reads_text()) {  // the same as the peer: no momentum, no decay, clipped gradients
    train.unroll = static_cast<int>(net.unroll);
    train.momentum = train.weight_decay = 0;
    train.nesterov = false;
    train.clip_norm = 0.25;
  }
  return train;
}

}  // namespace nibble::bench
