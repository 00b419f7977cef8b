#include "experiments/verbs/data_pictures.h"

#include <iostream>
#include <map>
#include <mutex>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/parallel.h"
#include "datasets/pictures/contact_sheet.h"
#include "datasets/pictures/pack.h"
#include "datasets/pictures/png_picture.h"
#include "experiments/detection/draw.h"
#include "experiments/process/signals.h"
#include "experiments/process/terminal.h"
#include "experiments/tasks/picture_batches.h"

namespace nibble {

namespace {

// Decodes all pictures of a split, tells what is wrong with damaged ones in their order, and counts them.
long count_damaged(const Split& split) {
  std::mutex adding;
  std::map<long, std::string> damaged;
  parallel_for(split.size(), [&](long i) {
    try {
      split.make(i);
    } catch (const Error& error) {
      const std::lock_guard lock(adding);
      damaged[i] = error.what();
    }
  });
  for (const auto& [i, sentence] : damaged) std::cout << sentence << "\n";
  return static_cast<long>(damaged.size());
}

// What stands below each picture; boxes are drawn into it.
std::vector<std::string> captions_of(const ImageSet& images, const Targets& targets,
                                     Array<std::uint8_t>& pictures) {
  std::vector<std::string> captions;
  const auto* const objects = std::get_if<BoxTargets>(&targets);
  if (objects == nullptr) {
    for (const int label : categories(targets, "data show"))
      captions.push_back(images.class_names[static_cast<std::size_t>(label)]);
    return captions;
  }
  const Shape& all = pictures.shape();
  for (std::size_t i = 0; i < objects->boxes.size(); ++i) {
    const auto row = static_cast<long>(i);
    Array<std::uint8_t> picture = pictures.rows(row, row + 1).clone().reshaped({all[1], all[2], all[3]});
    std::vector<Detection> boxes;
    for (const Box& box : objects->boxes[i]) boxes.push_back({box.label, 1, {box.x, box.y, box.w, box.h}});
    draw(picture, boxes, images.class_names, Caption::name);
    std::copy(picture.begin(), picture.end(), pictures.data() + row * all.row());
    captions.push_back(str(boxes.size(), boxes.size() == 1 ? " object" : " objects"));
  }
  return captions;
}

}  // namespace

int pack_data(const DatasetOptions& dataset, const PackSettings& settings) {
  if (settings.to.empty()) usage_error("data: found no --to, expected the file to make: --to pictures.h5");
  const Terminal terminal = describe_terminal();
  const SignalWatch signals;
  const Packed packed = pack(list_pictures(dataset), settings.to,
                             {.side = settings.side,
                              .quality = settings.quality,
                              .damaged = dataset.damaged,
                              .upright = dataset.upright},
                             [&](long done, long total) {
                               if (terminal.interactive)
                                 std::cerr << str("\r", done, " of ", total, " pictures ") << std::flush;
                               return !stop_requested();
                             });
  if (terminal.interactive) std::cerr << "\n";
  if (!packed.finished) {
    std::cout << packed.pictures << " pictures are done; the same command goes on\n";
    return kInterrupted;
  }
  std::cout << packed.pictures << " pictures are in " << settings.to;
  if (packed.left_out > 0) std::cout << "; " << packed.left_out << " damaged files left out";
  std::cout << "\n";
  return kSuccess;
}

int check_data(const DatasetOptions& dataset) {
  DatasetOptions all = dataset;
  all.damaged = DamagedPictures::skip;
  const ImageSet images = open_images(all);
  for (const std::string& sentence : images.left_out) std::cout << sentence << "\n";
  auto damaged = static_cast<long>(images.left_out.size());
  long count = damaged;
  for (const Split* split : {&images.train, &images.validation, &images.test}) {
    damaged += count_damaged(*split);
    count += split->size();
  }
  std::cout << count << " pictures, " << damaged << " damaged\n";
  return damaged == 0 ? kSuccess : kFailure;
}

int show_data(const ExperimentConfig& config, long count, const std::string& to) {
  const ImageSet images = open_images(config.dataset);
  TrainConfig train = config.train;
  const long shown = std::min(count, images.train.size());
  train.batch = static_cast<int>(shown);
  const Batch batch = picture_batches(images, train, config.run.seed)->next();
  Array<std::uint8_t> pictures = bytes_of(images, batch.x);
  const std::vector<std::string> captions = captions_of(images, batch.targets, pictures);
  const std::string path = to.empty() ? config.run.name + "_pictures.png" : to;
  write_text_atomically(path, encode_png(contact_sheet(pictures, captions)));
  std::cout << shown << " of " << images.train.size() << " training images are in " << path << "\n";
  return kSuccess;
}

}  // namespace nibble
