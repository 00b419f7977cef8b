#include "datasets/coco/coco_pictures.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "core/check.h"
#include "core/parallel.h"
#include "datasets/files/digest.h"
#include "datasets/images/choose.h"
#include "datasets/images/kept_images.h"
#include "datasets/pictures/decode.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

class CocoPictures : public ImageSource {
 public:
  CocoPictures(fs::path folder, const CocoSet& set, const DecodeOptions& options)
      : folder_(std::move(folder)), images_(set.images), boxes_(set.images.size()), options_(options) {
    std::map<long, std::size_t> places;
    for (std::size_t i = 0; i < images_.size(); ++i) places[images_[i].id] = i;
    for (const CocoObject& object : set.objects) {
      const auto number = std::find_if(set.categories.begin(), set.categories.end(),
                                       [&](const auto& category) { return category.id == object.category; });
      const Extent& e = object.extent;
      boxes_[places.at(object.image)].push_back(
          {static_cast<int>(number - set.categories.begin()), static_cast<float>(e.x),
           static_cast<float>(e.y), static_cast<float>(e.w), static_cast<float>(e.h), object.crowd});
    }
  }

  long size() const override { return static_cast<long>(images_.size()); }
  Target target(long i) const override { return boxes_[static_cast<std::size_t>(i)]; }
  std::string name(long i) const override { return images_[static_cast<std::size_t>(i)].file; }
  Array<std::uint8_t> make(long i) const override {
    const CocoImage& image = images_[static_cast<std::size_t>(i)];
    const std::string path = (folder_ / image.file).string();
    Array<std::uint8_t> pixels = decode_picture_file(path, options_);
    check(pixels.shape()[0] == image.height && pixels.shape()[1] == image.width, path, ": found ",
          pixels.shape()[1], " x ", pixels.shape()[0], " pixels, expected ", image.width, " x ", image.height,
          " as its annotations say");
    return pixels;
  }

  // On all threads; the first sentence in order.
  void inspect() const {
    std::vector<std::string> sentences(images_.size());
    parallel_for(size(), [&](long i) {
      try {
        inspect_picture_file((folder_ / name(i)).string());
      } catch (const Error& error) {
        sentences[static_cast<std::size_t>(i)] = error.what();
      }
    });
    const long damaged =
        static_cast<long>(sentences.size()) - std::count(sentences.begin(), sentences.end(), "");
    if (damaged == 0) return;
    const auto first =
        std::find_if(sentences.begin(), sentences.end(), [](const auto& s) { return !s.empty(); });
    fail(*first, damaged > 1 ? str("; and ", damaged - 1, " more pictures like this") : "");
  }

 private:
  const fs::path folder_;
  const std::vector<CocoImage> images_;
  std::vector<std::vector<Box>> boxes_;
  const DecodeOptions options_;
};

constexpr std::size_t kKeptBytes = std::size_t{1} << 29;

std::size_t bytes_of_all(const CocoSet& set) {
  std::size_t bytes = 0;
  for (const CocoImage& image : set.images) bytes += static_cast<std::size_t>(3 * image.width * image.height);
  return bytes;
}

struct OpenedSplit {
  CocoSet set;
  Split split;
};

OpenedSplit open_split(const CocoOptions& options, const std::string& annotations,
                       const std::string& pictures) {
  OpenedSplit opened{read_coco((fs::path(options.path) / annotations).string()), {}};
  const auto source = std::make_shared<CocoPictures>(fs::path(options.path) / pictures, opened.set,
                                                     DecodeOptions{3, 0, options.upright});
  source->inspect();
  opened.split = Split(source);
  return opened;
}

std::vector<std::string> names_of(const CocoSet& set) {
  std::vector<std::string> names;
  for (const CocoCategory& category : set.categories) names.push_back(category.name);
  return names;
}

}  // namespace

BoxSet read_coco_pictures(const std::string& name, const CocoOptions& options) {
  BoxSet boxes;
  OpenedSplit test = open_split(options, options.test_annotations, options.test_pictures);
  Md5 digest;
  digest.update(options.test_annotations.data(), options.test_annotations.size());
  const auto add_file = [&](const std::string& annotations) {
    const std::string sum = file_md5(fs::path(options.path) / annotations);
    digest.update(sum.data(), sum.size());
  };
  add_file(options.test_annotations);
  ImageSet& images = boxes.images;
  if (!options.train_annotations.empty()) {
    const OpenedSplit train = open_split(options, options.train_annotations, options.train_pictures);
    check(names_of(train.set) == names_of(test.set), options.train_annotations,
          ": found categories other than in ", options.test_annotations, ", expected the same");
    images.train =
        bytes_of_all(train.set) <= kKeptBytes ? kept_in_memory(train.split, kKeptBytes) : train.split;
    add_file(options.train_annotations);
  }
  images.name = name;
  images.sample_shape = {options.image_size, options.image_size, 3};
  images.fitting.stretched = true;
  images.any_size = true;
  images.mean = {0, 0, 0};
  images.std = {1, 1, 1};
  images.class_names = names_of(test.set);
  images.fingerprint = digest.hex();
  images.test = test.split;
  boxes.test = std::move(test.set);
  return boxes;
}

int coco_classes(const CocoOptions& options) {
  return static_cast<int>(
      read_coco((fs::path(options.path) / options.test_annotations).string()).categories.size());
}

void take_first_test(BoxSet& set, long n) {
  set.images.test = first_samples(set.images.test, n);
  set.test.images.resize(static_cast<std::size_t>(n));
  std::set<long> kept;
  for (const CocoImage& image : set.test.images) kept.insert(image.id);
  std::erase_if(set.test.objects, [&](const CocoObject& object) { return kept.count(object.image) == 0; });
}

}  // namespace nibble
