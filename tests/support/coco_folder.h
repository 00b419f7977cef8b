#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "datasets/pictures/jpeg.h"

namespace nibble {

/// Writes a tiny data set as COCO has them: six pictures of 40 x 24 with a bright rectangle on dark ground,
/// the first four for training, and their annotations. The rectangle is a "block" (id 2) or a "bar" (id 5).
inline void write_coco_folder(const std::filesystem::path& root) {
  std::string images[2], objects[2];
  for (int i = 0; i < 6; ++i) {
    const int split = i < 4 ? 0 : 1;
    const char* const folder = split == 0 ? "train" : "test";
    std::filesystem::create_directories(root / folder);
    const int x = 2 + 4 * i, y = 3, w = i % 2 == 0 ? 10 : 16, h = i % 2 == 0 ? 10 : 5;
    Array<std::uint8_t> pixels({24, 40, 3});
    for (int row = y; row < y + h; ++row) {
      for (int column = x; column < x + w && column < 40; ++column) {
        for (int c = 0; c < 3; ++c)
          pixels[(row * 40 + column) * 3 + c] = static_cast<std::uint8_t>(200 - 40 * c);
      }
    }
    const std::string name = "p" + std::to_string(i) + ".jpg";
    std::ofstream(root / folder / name, std::ios::binary) << encode_jpeg(pixels, 95);
    const std::string comma = images[split].empty() ? "" : ",", id = std::to_string(10 + i);
    images[split] += comma + R"({"id":)" + id + R"(,"file_name":")" + name + R"(","width":40,"height":24})";
    objects[split] += comma + R"({"image_id":)" + id + R"(,"category_id":)" + (i % 2 == 0 ? "2" : "5") +
                      R"(,"bbox":[)" + std::to_string(x) + "," + std::to_string(y) + "," +
                      std::to_string(std::min(w, 40 - x)) + "," + std::to_string(h) + R"(],"area":)" +
                      std::to_string(w * h) + R"(,"iscrowd":0})";
  }
  for (int split = 0; split < 2; ++split) {
    std::ofstream(root / (split == 0 ? "train.json" : "test.json"))
        << R"({"images":[)" << images[split] << R"(],"annotations":[)" << objects[split]
        << R"(],"categories":[{"id":5,"name":"bar"},{"id":2,"name":"block"}]})";
  }
}

/// The same as options of dataset.kind = coco, with pictures stretched to 32 x 32.
template <typename Options>
Options coco_options(const std::filesystem::path& root) {
  Options options;
  options.path = root.string();
  options.train_annotations = "train.json";
  options.train_pictures = "train";
  options.test_annotations = "test.json";
  options.test_pictures = "test";
  options.image_size = 32;
  return options;
}

/// A cfg for it: two heads, a route of two and of a part, a shortcut, a pool, which is what detectors are
/// made of.
inline constexpr const char* kSmallDetector = R"([net]
width=32
height=32
channels=3
[convolutional]
batch_normalize=1
filters=8
size=3
stride=2
pad=1
activation=leaky
[route]
layers=-1
groups=2
group_id=1
[convolutional]
batch_normalize=1
filters=8
size=3
pad=1
activation=mish
[maxpool]
size=5
stride=1
[route]
layers=-1,-2
[convolutional]
batch_normalize=1
filters=8
size=1
activation=leaky
[shortcut]
from=0
[convolutional]
filters=14
activation=linear
[yolo]
mask=0,1
anchors=8,8, 12,6, 20,20
num=3
classes=2
iou_loss=ciou
iou_thresh=0.3
[route]
layers=-3
[upsample]
stride=2
[convolutional]
filters=7
activation=linear
[yolo]
mask=2
anchors=8,8, 12,6, 20,20
num=3
classes=2
iou_loss=ciou
)";

}  // namespace nibble
