#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/files/atomic_file.h"
#include "datasets/pictures/decode.h"
#include "datasets/pictures/png_picture.h"
#include "experiments/detection/draw.h"
#include "experiments/process/terminal.h"
#include "experiments/training/loaded_run.h"
#include "experiments/verbs/arguments.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

// "OUT/dog.detected.png" for "pictures/dog.jpg".
std::string drawn_path(const std::string& out, const std::string& picture) {
  return (fs::path(out) / (fs::path(picture).stem().string() + ".detected.png")).string();
}

// Known before the first picture is looked at.
void check_pictures(const std::vector<std::string>& pictures, const std::string& out) {
  std::set<std::string> drawn;
  for (const std::string& picture : pictures) {
    inspect_picture_file(picture);
    if (!drawn.insert(drawn_path(out, picture)).second)
      usage_error("detect: found two pictures to be drawn to ", drawn_path(out, picture),
                  ", expected other names");
  }
}

LoadedRun load_network(const std::string& path) {
  return fs::is_regular_file(path) ? load_start(read_config(path), "detect") : load_run(path);
}

}  // namespace

int detect_verb(const Words& words) {
  std::string out = ".";
  double threshold = 0.25;
  bool integers = false;
  Options options;
  options.add("out", out, "Directory for the pictures with boxes, NAME.detected.png, and detections.json.");
  options.add("threshold", threshold, "Least score of what is shown.", from_to_below(0, 1));
  options.add_switch("integer", integers,
                     "The boxes of a quantized run's integers, computed from codes to coordinates as on the "
                     "device, bit for bit. Otherwise those of the network in float, fake-quantized for a "
                     "quantized run.");
  const CommandLine line = apply_words(options, words, "detect");
  if (line.arguments.size() < 2)
    usage_error("detect: found ", line.arguments.size(), " arguments, expected RUN and pictures");
  const std::string& source = line.arguments.front();
  const std::vector<std::string> pictures(line.arguments.begin() + 1, line.arguments.end());
  check_pictures(pictures, out);

  LoadedRun run = load_network(source);
  std::optional<edge::IntegerGraph> graph;
  if (integers) graph = lower_run(run, source);
  const Task::Finder find = graph ? run.task->finder(*graph) : run.task->finder(run.network);
  const std::vector<std::string> names = run.task->class_names();
  fs::create_directories(out);
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const std::string& picture : pictures) {
    Array<std::uint8_t> pixels = decode_picture_file(picture, {});
    const std::vector<Detection> found = find(pixels, threshold);
    std::cout << on_screen(str(picture, ": ", found.size(), found.size() == 1 ? " object" : " objects"));
    for (const Detection& d : found) {
      const std::string& name = names.at(static_cast<std::size_t>(d.label));
      const Extent& e = d.extent;
      std::cout << "  " << name << " " << format_fixed(d.score, 2) << " at " << format_fixed(e.x, 0) << ", "
                << format_fixed(e.y, 0) << ", " << format_fixed(e.w, 0) << " x " << format_fixed(e.h, 0)
                << "\n";
      all.push_back({{"file", picture}, {"class", name}, {"score", d.score}, {"bbox", {e.x, e.y, e.w, e.h}}});
    }
    draw(pixels, found, names);
    write_bytes(drawn_path(out, picture), encode_png(pixels));
  }
  const std::string list = (fs::path(out) / "detections.json").string();
  write_text_atomically(list, all.dump(1) + "\n");
  std::cout << on_screen("written: " + list + " and a picture with boxes for each");
  return kSuccess;
}

}  // namespace nibble
