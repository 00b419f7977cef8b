#include "datasets/coco/coco_pictures.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "core/check.h"
#include "core/parallel.h"
#include "datasets/coco/darknet_list.h"
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

// What is in pictures, and the folder from which their files count.
struct BoxSplit {
  CocoSet set;
  fs::path folder;
  std::string file;  // where it stands, for messages

  Split open(bool upright) const {
    const auto source = std::make_shared<CocoPictures>(folder, set, DecodeOptions{3, 0, upright});
    source->inspect();
    return Split(source);
  }
};

std::vector<std::string> names_of(const CocoSet& set) {
  std::vector<std::string> names;
  for (const CocoCategory& category : set.categories) names.push_back(category.name);
  return names;
}

BoxSet box_set(const std::string& name, BoxSplit test, const std::optional<BoxSplit>& train,
               const WholePictures& options) {
  BoxSet boxes;
  ImageSet& images = boxes.images;
  images.name = name;
  images.sample_shape = {options.image_size, options.image_size, 3};
  images.fitting.filling = options.filling;
  images.any_size = true;
  images.mean = {0, 0, 0};
  images.std = {1, 1, 1};
  images.class_names = names_of(test.set);
  images.test = test.open(options.upright);
  if (train) {
    check(names_of(train->set) == images.class_names, train->file, ": found categories other than in ",
          test.file, ", expected the same");
    const Split split = train->open(options.upright);
    images.train = bytes_of_all(train->set) <= kKeptBytes ? kept_in_memory(split, kKeptBytes) : split;
  }
  boxes.test = std::move(test.set);
  return boxes;
}

}  // namespace

BoxSet read_coco_pictures(const std::string& name, const CocoOptions& options) {
  const fs::path root = options.path;
  Md5 digest;
  digest.update(options.test_annotations.data(), options.test_annotations.size());
  const auto read = [&](const std::string& annotations, const std::string& pictures) {
    const std::string sum = file_md5(root / annotations);
    digest.update(sum.data(), sum.size());
    return BoxSplit{read_coco((root / annotations).string()), root / pictures, annotations};
  };
  BoxSplit test = read(options.test_annotations, options.test_pictures);
  std::optional<BoxSplit> train;
  if (!options.train_annotations.empty()) train = read(options.train_annotations, options.train_pictures);
  BoxSet boxes = box_set(name, std::move(test), train, options.shown);
  boxes.images.fingerprint = digest.hex();
  return boxes;
}

BoxSet read_darknet_pictures(const std::string& name, const std::string& path, const WholePictures& options) {
  const DarknetData data = read_darknet_data(path);
  Md5 digest;
  for (const std::string& class_name : data.classes) digest.update(class_name.data(), class_name.size() + 1);
  const auto read = [&](const std::string& list) {
    return BoxSplit{read_darknet_list(list, data.classes, options.upright, digest), {}, list};
  };
  BoxSplit test = read(data.valid);
  std::optional<BoxSplit> train;
  if (!data.train.empty()) train = read(data.train);
  BoxSet boxes = box_set(name, std::move(test), train, options);
  boxes.images.fingerprint = digest.hex();
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
