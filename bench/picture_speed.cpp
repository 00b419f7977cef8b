// Times decoding and cropping the pictures of a folder on one thread, by turns with Pillow
// (bench/peers/pillow_pictures.py), and prints pictures a second, the best of several rounds of each. Files
// are in memory, so that no disk is measured.
//
//   picture_speed FOLDER [--rounds N] [--peer SCRIPT]

#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/program.h"
#include "core/check.h"
#include "datasets/images/view.h"
#include "datasets/pictures/decode.h"
#include "experiments/launch/child_process.h"

namespace nibble::bench {

namespace {

const Shape kWindow{224, 224, 3};

std::vector<std::string> files_below(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(read_picture_file(entry.path().string()));
  check(!files.empty(), folder, ": found no file, expected pictures");
  return files;
}

struct Round {
  double pictures_per_second = 0;
  long check_sum = 0;  // of the first byte of each crop: the peer's must be the same
};

Round measure(const std::vector<std::string>& files) {
  const Fitting fitting{.shorter_side = 256};
  std::vector<std::uint8_t> crop(static_cast<std::size_t>(kWindow.count()));
  Round round;
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& file : files) {
    const Array<std::uint8_t> picture = decode_picture(file, "picture", {});
    fit(picture.data(), picture.shape(), fitting, {}, kWindow, crop.data());
    round.check_sum += crop.front();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  round.pictures_per_second = static_cast<double>(files.size()) / seconds.count();
  return round;
}

Round measure_peer(const std::string& script, const std::string& folder) {
  const CapturedChild child = run_captured({"/usr/bin/python3", script, folder});
  check(child.result.exit_code == 0, "picture_speed: found no answer of ", script, ", expected python3-pil");
  const auto answer = nlohmann::json::parse(child.output);
  return {answer.at("pictures_per_second"), answer.at("check")};
}

int picture_speed(const std::vector<std::string>& words) {
  std::string peer = "bench/peers/pillow_pictures.py";
  int rounds = 5;
  Options options;
  options.add("rounds", rounds, "Rounds of each, of which the best counts.", at_least(1));
  options.add("peer", peer, "The peer's program.");
  const CommandLine line = read_command_line(options, words);
  options.apply(line.settings);
  if (line.arguments.size() != 1) usage_error("picture_speed: found no FOLDER, expected one with pictures");
  const std::vector<std::string> files = files_below(line.arguments[0]);
  double ours = 0, theirs = 0;
  for (int i = 0; i < rounds; ++i) {
    const Round mine = measure(files), other = measure_peer(peer, line.arguments[0]);
    check(mine.check_sum == other.check_sum,
          "picture_speed: found crops that differ from the peer's, expected the same bytes");
    ours = std::max(ours, mine.pictures_per_second);
    theirs = std::max(theirs, other.pictures_per_second);
  }
  std::cout << nlohmann::json{{"pictures", files.size()},
                              {"nibble_pictures_per_second", ours},
                              {"pillow_pictures_per_second", theirs},
                              {"ratio", ours / theirs}}
                   .dump()
            << "\n";
  return kSuccess;
}

}  // namespace

}  // namespace nibble::bench

int main(int count, char** words) {
  return nibble::bench::run_program("picture_speed", count, words, nibble::bench::picture_speed);
}
