#include "datasets/kinds.h"

#include <algorithm>

#include "core/check.h"
#include "core/suggest.h"
#include "datasets/coco/darknet_list.h"
#include "datasets/images/cifar.h"
#include "datasets/images/procedural.h"
#include "datasets/pictures/pictures.h"
#include "datasets/text/corpus_files.h"
#include "datasets/text/procedural_text.h"

namespace nibble {
namespace {

const char* const kFolder = "folder";
const char* const kImageNet = "imagenet";
const char* const kCoco = "coco";
const char* const kDarknet = "darknet";

void check_path(const DatasetOptions& options) {
  check(!options.path.empty(), "dataset: found no dataset.path, expected the directory of the ", options.kind,
        " files");
}

long image_size_of(const DatasetOptions& options) {
  check(options.image_size >= 0, "dataset: found dataset.image_size ", options.image_size,
        ", expected pixels from 1, or 0 for those that are usual");
  return options.image_size > 0 ? options.image_size : usual_image_size(options.kind);
}

// In another size than its own, images are scaled on their way to the network.
ImageSet open_cifar(const CifarFormat& format, const DatasetOptions& options) {
  check_path(options);
  ImageSet images = read_cifar(format, options.path, options.verify);
  const long size = image_size_of(options);
  images.sample_shape = {size, size, 3};
  images.fitting = {size == kCifarSide ? 0 : size, options.interpolation};
  return images;
}

// Samples are made, not cut from a fixed stock, so here the options are counts.
Data open_procedural(const DatasetOptions& options) {
  ProceduralOptions procedural;
  if (options.train_samples > 0) procedural.train_samples = options.train_samples;
  if (options.test_samples > 0) procedural.test_samples = options.test_samples;
  procedural.image_size = image_size_of(options);
  procedural.seed = options.seed;
  return make_procedural(procedural);
}

DatasetOutline outline_cifar(const CifarFormat& format, const DatasetOptions& options) {
  const long size = image_size_of(options);
  return {{size, size, 3}, static_cast<int>(format.class_names.size())};
}

PictureOptions picture_options(const DatasetOptions& options) {
  check_path(options);
  check(options.channels == 3 || options.channels == 1, "dataset: found dataset.channels ", options.channels,
        ", expected 3 for colours or 1 for grey");
  PictureOptions pictures;
  pictures.listing = {options.path, options.class_names, options.labels, options.test_share, options.seed};
  pictures.image_size = image_size_of(options);
  pictures.fitting = {options.resize >= 0 ? options.resize : pictures.image_size * 8 / 7,
                      options.interpolation};
  pictures.channels = options.channels;
  pictures.fast_decode = options.fast_decode;
  pictures.upright = options.upright;
  pictures.damaged = options.damaged;
  return pictures;
}

template <ListPictures list>
Data open_pictures(const DatasetOptions& options) {
  return read_pictures(options.kind, list, picture_options(options));
}

template <ListPictures list>
PictureListing list_of_pictures(const DatasetOptions& options) {
  return list_pictures(list, picture_options(options).listing);
}

template <ListPictureClasses list>
DatasetOutline outline_pictures(const DatasetOptions& options) {
  const PictureOptions pictures = picture_options(options);
  return {{pictures.image_size, pictures.image_size, pictures.channels},
          static_cast<int>(picture_classes(list, pictures).size())};
}

WholePictures whole_pictures(const DatasetOptions& options) {
  return {image_size_of(options), options.filling, options.upright};
}

CocoOptions coco_options(const DatasetOptions& options) {
  check_path(options);
  check(!options.test_annotations.empty(),
        "dataset: found no dataset.test_annotations, expected a JSON file");
  return {options.path,          options.train_annotations, options.train_pictures, options.test_annotations,
          options.test_pictures, whole_pictures(options)};
}

Data open_darknet(const DatasetOptions& options) {
  check(!options.path.empty(), "dataset: found no dataset.path, expected a .data file of darknet");
  return read_darknet_pictures(kDarknet, options.path, whole_pictures(options));
}

DatasetOutline outline_darknet(const DatasetOptions& options) {
  check(!options.path.empty(), "dataset: found no dataset.path, expected a .data file of darknet");
  return {{image_size_of(options), image_size_of(options), 3},
          static_cast<int>(read_darknet_data(options.path).classes.size())};
}

CorpusOptions corpus_options(const DatasetOptions& options) {
  return {options.max_vocabulary, options.unknown_words};
}

Corpus open_corpus(const CorpusFormat& format, const DatasetOptions& options) {
  check_path(options);
  return read_corpus(format, options.path, corpus_options(options), options.verify);
}

DatasetOutline outline_corpus(const CorpusFormat& format, const DatasetOptions& options) {
  check_path(options);
  return {{1}, read_vocabulary(format, options.path, corpus_options(options), options.verify).size()};
}

DatasetOutline outline_ptb(const DatasetOptions& options) {
  if (!options.verify) return outline_corpus(ptb_format(), options);
  validate(corpus_options(options));
  const long types = ptb_format().types, limit = options.max_vocabulary;  // <unk> is one of the types
  return {{1}, static_cast<int>(limit == 0 ? types : std::min(types, limit))};
}

// Texts are made, like images: the options are counts.
Corpus open_procedural_text(const DatasetOptions& options) {
  ProceduralTextOptions text;
  if (options.train_samples > 0) text.train_tokens = options.train_samples;
  if (options.test_samples > 0) text.test_tokens = options.test_samples;
  text.seed = options.seed;
  text.corpus = corpus_options(options);
  return make_procedural_text(text);
}

}  // namespace

// Every kind of data set; a new one is a line here.
const std::vector<DatasetKind>& dataset_kinds() {
  static const std::vector<DatasetKind> kinds{
      {"procedural", "ten shapes and textures made from a seed; needs no files", false, open_procedural,
       [](const DatasetOptions& options) {
         return DatasetOutline{{image_size_of(options), image_size_of(options), 3}, kProceduralClasses};
       }},
      {"cifar10", "CIFAR-10, official binary files data_batch_1.bin ... 5, test_batch.bin in dataset.path",
       false, [](const DatasetOptions& options) { return Data(open_cifar(cifar10_format(), options)); },
       [](const DatasetOptions& options) { return outline_cifar(cifar10_format(), options); }},
      {"cifar100", "CIFAR-100 with its 100 fine classes, official train.bin, test.bin in dataset.path", false,
       [](const DatasetOptions& options) { return Data(open_cifar(cifar100_format(), options)); },
       [](const DatasetOptions& options) { return outline_cifar(cifar100_format(), options); }},
      {kFolder,
       "pictures in JPEG and PNG: dataset.path is a folder with train/CLASS/... and test/CLASS/... or val/, "
       "or with CLASS/... alone; a text of lines file,label; or a file of nibble data pack",
       false, open_pictures<list_folder>, outline_pictures<list_folder_classes>,
       list_of_pictures<list_folder>},
      {kImageNet, "ImageNet: train/SYNSET/..., val/ with folders or with dataset.labels", false,
       open_pictures<list_imagenet>, outline_pictures<list_imagenet_classes>,
       list_of_pictures<list_imagenet>},
      {kCoco,
       "photographs with boxes as COCO has them: pictures in folders, annotations in JSON, all below "
       "dataset.path; pictures come to dataset.image_size as dataset.fit says",
       false,
       [](const DatasetOptions& options) { return Data(read_coco_pictures(kCoco, coco_options(options))); },
       [](const DatasetOptions& options) {
         return DatasetOutline{{image_size_of(options), image_size_of(options), 3},
                               coco_classes(coco_options(options))};
       },
       nullptr, true},
      {kDarknet,
       "photographs with boxes as darknet has them: dataset.path is a .data file with train, valid and "
       "names; "
       "lists of pictures, labels/NAME.txt beside images/",
       false, open_darknet, outline_darknet, nullptr, true},
      {"procedural_text", "little stories of about a hundred words, made from a seed; needs no files", true,
       [](const DatasetOptions& options) { return Data(open_procedural_text(options)); },
       [](const DatasetOptions& options) {
         return DatasetOutline{{1}, procedural_text_types(corpus_options(options))};
       }},
      {"ptb", "Penn Treebank, 10000 words, ptb.train.txt, ptb.valid.txt, ptb.test.txt in dataset.path", true,
       [](const DatasetOptions& options) { return Data(open_corpus(ptb_format(), options)); }, outline_ptb},
      {"text", "any text, a sentence a line, train.txt, valid.txt, test.txt in dataset.path", true,
       [](const DatasetOptions& options) { return Data(open_corpus(text_format(), options)); },
       [](const DatasetOptions& options) { return outline_corpus(text_format(), options); }},
  };
  return kinds;
}

long usual_image_size(const std::string& kind) {
  if (kind == kCoco || kind == kDarknet) return 416;
  return kind == kFolder || kind == kImageNet ? 224 : 32;
}

const DatasetKind& find_dataset_kind(const std::string& name) {
  const auto found = std::find_if(dataset_kinds().begin(), dataset_kinds().end(),
                                  [&](const DatasetKind& kind) { return kind.name == name; });
  if (found != dataset_kinds().end()) return *found;
  std::vector<std::string> names;
  for (const DatasetKind& kind : dataset_kinds()) names.push_back(kind.name);
  fail("dataset: found unknown kind '", name, "', expected one of ", join(names), did_you_mean(name, names));
}

}  // namespace nibble
