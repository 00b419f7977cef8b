// Every key of a config file: its field, what it may be, and what it is for. `nibble help SECTION` prints
// this table. [quant] and [train] have files of their own.

#include "experiments/config/config.h"
#include "experiments/config/section_keys.h"

namespace nibble {

namespace {

template <typename Items, typename NameOf>
std::vector<std::string> names(const Items& items, NameOf name_of) {
  std::vector<std::string> names;
  for (const auto& item : items) names.emplace_back(name_of(item));
  return names;
}

void describe_run(Options& o, RunConfig& c) {
  o.add("run.name", c.name,
        "Name of the run; empty: that of the config file. Its directory is <output>/<name>.");
  o.add("run.output", c.output, "Directory of runs.");
  o.add("run.seed", c.seed,
        "Seed of everything random: first weights, order of the samples, augmentation, dropout. The same "
        "seed gives the "
        "same weights, bit for bit, whatever the number of threads.");
  o.add("run.threads", c.threads, "Threads; 0: all that the process may use.", within(0, 1024));
}

void describe_pictures(Options& o, DatasetOptions& c) {
  o.add("dataset.image_size", c.image_size,
        "Images: height and width that the network reads, in pixels; procedural ones have from 12 to 256, "
        "those of "
        "CIFAR are scaled. 0: 224 for pictures from files, 416 for those with boxes, else 32.",
        at_least(0));
  o.add(
      "dataset.resize", c.resize,
      "folder, imagenet: pixels to which the shorter side is scaled before the middle is cut out. 0: as the "
      "files have them; -1: 8/7 of dataset.image_size, which is 256 for 224.",
      at_least(-1));
  o.add<Interpolation>("dataset.interpolation", c.interpolation,
                       {{"bilinear", Interpolation::bilinear}, {"bicubic", Interpolation::bicubic}},
                       "How images are scaled: as Pillow does, with antialiasing, to the last bit.");
  o.add("dataset.channels", c.channels,
        "folder, imagenet: 3 for colours, grey pictures have three equal ones; 1 for grey, which colours "
        "become.",
        within(1, 3));
  o.add("dataset.class_names", c.class_names,
        "folder, imagenet: a file with a class a line, which gives their order and their names; a line may "
        "begin with a synset and a blank. Empty: the names of the folders, in order.");
  o.add("dataset.labels", c.labels,
        "imagenet: the labels of a val/ without folders, below dataset.path: lines of a file name and a "
        "synset, "
        "or a number from 0, parted by a comma or a blank.");
  o.add<DamagedPictures>(
      "dataset.damaged", c.damaged, {{"stop", DamagedPictures::stop}, {"skip", DamagedPictures::skip}},
      "folder, imagenet: what happens to files that are no whole JPEG or PNG, as far as their "
      "first and last bytes tell, before the training: stop names them, skip counts them.");
  o.add("dataset.fast_decode", c.fast_decode,
        "folder, imagenet: decode large JPEGs at a lower resolution that is still enough for dataset.resize. "
        "Faster, and other pixels.");
  o.add<bool>(
      "dataset.orientation", c.upright, {{"ignore", false}, {"apply", true}},
      "folder, imagenet: whether a JPEG is turned as its camera noted (EXIF). ignore is what Pillow and "
      "torchvision do when they open one.");
}

void describe_boxes(Options& o, DatasetOptions& c) {
  o.add<Filling>(
      "dataset.fit", c.filling, {{"stretch", Filling::stretch}, {"letterbox", Filling::letterbox}},
      "coco, darknet: how a picture comes to dataset.image_size. stretch: both sides are scaled, whatever "
      "that does to shapes; letterbox: it keeps its shape, with grey above and below or left and right "
      "(darknet's letter_box=1). Boxes follow, and come back.");
  o.add("dataset.train_annotations", c.train_annotations,
        "coco: JSON with the boxes of the training pictures, below dataset.path; empty: there are none.");
  o.add("dataset.train_pictures", c.train_pictures, "coco: the folder of the training pictures.");
  o.add("dataset.test_annotations", c.test_annotations, "coco: JSON with the boxes of the test pictures.");
  o.add("dataset.test_pictures", c.test_pictures, "coco: the folder of the test pictures.");
}

void describe_dataset(Options& o, DatasetOptions& c) {
  o.add("dataset.kind", c.kind, "Data set.",
        names(dataset_kinds(), [](const DatasetKind& k) { return k.name; }));
  o.add("dataset.path", c.path,
        "Directory of its files; of folder and imagenet also a text of lines file,label, or a file that "
        "nibble data pack wrote.");
  o.add("dataset.verify", c.verify, "Compare the files with their official checksums.");
  o.add("dataset.train_samples", c.train_samples,
        "Take only the first training samples, tokens of a text; 0: all.", at_least(0));
  o.add("dataset.test_samples", c.test_samples,
        "Take only the first test samples, for texts of the validation split, too; 0: all.", at_least(0));
  o.add("dataset.validation_share", c.validation_share,
        "Images: share of the training samples that is kept apart as a validation split, drawn by "
        "dataset.seed. "
        "Evaluations during training then use it instead of the test split. 0: no validation split.",
        from_to_below(0, 1));
  o.add("dataset.test_share", c.test_share,
        "folder: share of all pictures that is the test split, drawn by dataset.seed, where neither folders "
        "nor a column of the text say which pictures are. 0: they say it.",
        from_to_below(0, 1));
  o.add("dataset.mean", c.mean, "Subtracted from pixel / 255, one a channel; empty: ImageNet's.");
  o.add("dataset.std", c.std, "Divides the difference, one a channel; empty: ImageNet's.", above(0));
  o.add("dataset.seed", c.seed,
        "Procedural images and texts: which ones; which samples the shares for validation and test take; the "
        "order of pictures before epochs shuffle them. Not "
        "run.seed, so "
        "that seeds compare on the same splits.");
  describe_pictures(o, c);
  describe_boxes(o, c);
  o.add(
      "dataset.max_vocabulary", c.max_vocabulary,
      "Texts: keep so many words, the most frequent, <eos> and <unk> among them; the others become <unk>. 0: "
      "all, else from 3.",
      at_least(0));
  o.add<UnknownWords>(
      "dataset.unknown_words", c.unknown_words,
      {{"refuse", UnknownWords::refuse}, {"replace", UnknownWords::replace}},
      "Texts: what happens to a word of the validation or test split that the training split has "
      "not; replace makes it <unk>.");
}

void describe_model(Options& o, ModelOptions& c, ExperimentConfig& config) {
  o.add("model.kind", c.kind, "Network.", names(model_kinds(), [](const ModelKind& k) { return k.kind; }));
  using Activation = std::optional<ActivationKind>;
  std::vector<Choice<Activation>> activations{{"own", {}}};
  for (const ActivationKind kind :
       {ActivationKind::relu, ActivationKind::relu6, ActivationKind::leaky_relu, ActivationKind::sigmoid,
        ActivationKind::tanh, ActivationKind::swish, ActivationKind::hard_swish, ActivationKind::mish})
    activations.push_back({name(kind), kind});
  o.add(
      "model.activation", c.activation, activations,
      "Activation function throughout the network; own: the model's (relu; relu6 in the mobilenets, swish in "
      "efficientnet_b0).");
  o.add("model.slope", c.slope, "Slope of leaky_relu below zero.", from_to_below(0, 1));
  o.add<Shortcut>(
      "model.shortcut", c.shortcut,
      {{"subsample", Shortcut::subsample}, {"projection", Shortcut::projection}},
      "Residual branches between stages: strided subsampling with zero channels, or a 1x1 convolution "
      "(options A and B of He et al. 2015).");
  o.add("model.width", c.width,
        "mlp, lstm, gru: hidden features; vgg: channels of the first stage; mobilenet_v1, mobilenet_v2: a "
        "factor of all channels, such as 0.75. 0: the model's default.",
        at_least(0));
  o.add("model.layers", c.layers, "lstm, gru: recurrent layers.", at_least(1));
  o.add("model.dropout", c.dropout,
        "lstm, gru: share of values dropped behind the embedding and behind each recurrent layer.",
        from_to_below(0, 1));
  o.add("model.variational_dropout", c.variational_dropout,
        "lstm, gru: drop the same values in all steps of a batch.");
  o.add("model.tied", c.tied, "lstm, gru: the weight of the scores is the embedding.");
  o.add("model.first_weights", c.first_weights, "lstm, gru: first weights are drawn evenly from +- this.",
        above(0));
  o.add("model.cfg", c.cfg,
        "darknet: the cfg file that describes the network, [net] and layers. What it says about training is "
        "not used.");
  o.add("model.cfg_hash", c.cfg_hash,
        "darknet: what model.cfg held when the config was resolved. The program fills it in, and refuses a "
        "file "
        "that has changed.");
  o.add<darknet::NormForm>(
      "model.darknet_norm", c.norm,
      {{"alexeyab", darknet::NormForm::alexeyab},
       {"opencv", darknet::NormForm::opencv},
       {"pjreddie", darknet::NormForm::pjreddie}},
      "darknet, yolov4 and others that its .weights fit: what a norm divides by: the "
      "root of (v + 1e-5), as the darknet that trained YOLO-V4; of (v + 1e-6), as OpenCV; "
      "or the root of v, plus 1e-6, as the first darknet.");
  o.add("model.start_from", config.start_from,
        "First weights: the directory of a run, a checkpoint, a .weights file of darknet, or a file with "
        "PyTorch's names, which may be safetensors or what torch.save wrote; empty: random. Of a quantized "
        "run the weights are taken, by a training with the same [model] and [quant] also scales and shifts; "
        "otherwise these begin anew.");
  o.add(
      "model.start_from_except", config.start_from_except,
      "Patterns of layers, parted by commas, that start at random all the same, such as fc where there are "
      "other classes; what the file has for them is passed over. * stands for any text. The heads of yolov4 "
      "are 138/*, 149/*, 160/*; those of yolov4-tiny 29/*, 36/*; of yolo-fastest 120/*, 129/*. Empty: none.");
  o.add("model.freeze", config.freeze,
        "Patterns of layers that training leaves as they are, such as layer1/* or *bn*: weights, scales, and "
        "the "
        "statistics of norms, which are used as they are. Parted by commas; * stands for any text. "
        "Empty: none.");
}

}  // namespace

void describe(Options& options, ExperimentConfig& config) {
  describe_run(options, config.run);
  describe_dataset(options, config.dataset);
  describe_model(options, config.model, config);
  describe_quant(options, config.quant, config.calibration_samples);
  describe_reconstruct(options, config.reconstruct);
  describe_train(options, config.train);
  options.add("edge.integer_evaluation", config.edge.integer_evaluation,
              "After training, lower the network to integers and evaluate those on the test split.");
}

}  // namespace nibble
