#include "datasets/images/cifar.h"

#include <algorithm>

#include "core/check.h"
#include "datasets/files/data_file.h"
#include "datasets/files/digest.h"
#include "datasets/images/images_in_memory.h"

namespace nibble {
namespace {

constexpr long kSide = kCifarSide;
constexpr long kPlane = kSide * kSide;
constexpr long kPixels = 3 * kPlane;
constexpr long kRecordsPerRead = 1000;

// planes: [3, 32, 32]   image: [32, 32, 3]
void interleave(const std::uint8_t* planes, std::uint8_t* image) {
  for (long i = 0; i < kPlane; ++i) {
    for (long c = 0; c < 3; ++c) image[3 * i + c] = planes[c * kPlane + i];
  }
}

// The samples of a split while its files are read.
struct Rows {
  Array<std::uint8_t> images;  // [N, 32, 32, 3]
  Array<int> labels;           // [N]
};

// Reads one file into rows begin, begin + 1, ... and returns its MD5.
std::string read_file(const CifarFormat& format, const CifarFile& wanted,
                      const std::filesystem::path& directory, Rows& rows, long begin) {
  const long record = format.label_bytes + kPixels, expected = wanted.records * record;
  const int classes = static_cast<int>(format.class_names.size());
  DataFile file =
      open_data_file(directory / wanted.name, str("a file of ", expected, " bytes of ", format.name),
                     fetch_advice(format.name));
  check(file.bytes == expected, file.path, ": found ", file.bytes, " bytes, expected ", expected, " (",
        wanted.records, " records of ", record, ")");

  Md5 md5;
  std::vector<std::uint8_t> chunk(
      static_cast<std::size_t>(std::min(kRecordsPerRead, wanted.records) * record));
  for (long done = 0; done < wanted.records;) {
    const long count = std::min(kRecordsPerRead, wanted.records - done);
    check(static_cast<bool>(file.stream.read(reinterpret_cast<char*>(chunk.data()), count * record)),
          file.path, ": cannot be read beyond record ", done, ", expected ", wanted.records);
    md5.update(chunk.data(), static_cast<std::size_t>(count * record));
    for (long i = 0; i < count; ++i, ++done) {
      const std::uint8_t* const bytes = chunk.data() + i * record;
      const int label = bytes[format.label_bytes - 1];
      check(label < classes, file.path, ": record ", done, " has label ", label, ", expected 0 to ",
            classes - 1);
      rows.labels[begin + done] = label;
      interleave(bytes + format.label_bytes, rows.images.data() + (begin + done) * kPixels);
    }
  }
  return md5.hex();
}

Split read_split(const CifarFormat& format, const std::vector<CifarFile>& files,
                 const std::filesystem::path& directory, bool verify, Md5& fingerprint) {
  long samples = 0;
  for (const CifarFile& file : files) samples += file.records;
  Rows rows{Array<std::uint8_t>::uninitialized({samples, kSide, kSide, 3}),
            Array<int>::uninitialized({samples})};
  long begin = 0;
  for (const CifarFile& file : files) {
    const std::string md5 = read_file(format, file, directory, rows, begin);
    if (verify && !file.md5.empty()) check_official_md5((directory / file.name).string(), md5, file.md5);
    fingerprint.update(md5.data(), md5.size());
    begin += file.records;
  }
  return split_in_memory(rows.images, rows.labels);
}

}  // namespace

const CifarFormat& cifar10_format() {
  static const CifarFormat format{
      "cifar10",
      1,
      {{"data_batch_1.bin", 10000, "5dd7e06a14cb22eb9f671a540d1b7c25"},
       {"data_batch_2.bin", 10000, "5ea93a67294ea407fff1d09f752e9692"},
       {"data_batch_3.bin", 10000, "942cd6a4bcdd0dd3c604fbe906cb4421"},
       {"data_batch_4.bin", 10000, "ae636b3ba5c66a11e91e8cb52e771fcb"},
       {"data_batch_5.bin", 10000, "53f37980c15c3d472c316c40844f3f0d"}},
      {{"test_batch.bin", 10000, "803d5f7f4d78ea53de84dbe85f74fb6d"}},
      {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}};
  return format;
}

// Checksums of the unpacked files are not published; `nibble data fetch` checks the archive's.
const CifarFormat& cifar100_format() {
  static const CifarFormat format{
      "cifar100",
      2,
      {{"train.bin", 50000, ""}},
      {{"test.bin", 10000, ""}},
      {"apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
       "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
       "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
       "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
       "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
       "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
       "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
       "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
       "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
       "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
       "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
       "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
       "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
       "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
       "table",       "tank",          "telephone", "television", "tiger",        "tractor",
       "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
       "willow_tree", "wolf",          "woman",     "worm"}};
  return format;
}

ImageSet read_cifar(const CifarFormat& format, const std::filesystem::path& directory, bool verify) {
  ImageSet images;
  Md5 fingerprint;
  images.name = format.name;
  images.sample_shape = {kSide, kSide, 3};
  images.train = read_split(format, format.train, directory, verify, fingerprint);
  images.test = read_split(format, format.test, directory, verify, fingerprint);
  images.class_names = format.class_names;
  images.mean = kImageNetMean;
  images.std = kImageNetStd;
  images.fingerprint = fingerprint.hex();
  return images;
}

}  // namespace nibble
