#include "datasets/coco/darknet_list.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "core/check.h"
#include "core/parallel.h"
#include "datasets/pictures/decode.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

struct TextLine {
  std::string text;
  std::string where;  // "train.txt:3: "
};

std::string without_blanks(const std::string& text) {
  constexpr const char* kBlank = " \t\r\v\f";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// A name that no file can have, one of 300 letters for instance, is that of no file.
bool is_there(const fs::path& path) {
  std::error_code reason;
  const fs::file_type type = fs::status(path, reason).type();
  return type != fs::file_type::not_found && reason != std::errc::filename_too_long;
}

// Lines that hold something.
std::vector<TextLine> lines_of(const std::string& path, Md5* digest) {
  std::ifstream in(path, std::ios::binary);
  check(in.is_open() && fs::is_regular_file(path), path,
        ": cannot be opened, expected a text as darknet has it");
  std::vector<TextLine> lines;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    check(line.find('\0') == std::string::npos, path, ":", number, ": found a byte 0, expected a text");
    if (digest) digest->update(line.data(), line.size());
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    line = without_blanks(line);
    if (!line.empty()) lines.push_back({line, str(path, ":", number, ": ")});
  }
  return lines;
}

// A path that stands in a file: beside that file, or else as the working directory has it.
std::string found_from(const std::string& file, const std::string& path) {
  const fs::path beside = fs::path(file).parent_path() / path;  // an absolute path stays as it is
  return is_there(beside) || !is_there(path) ? beside.string() : path;
}

std::string labels_of(const fs::path& picture) {
  std::vector<fs::path> parts(picture.begin(), picture.end());
  for (std::size_t i = parts.size() - 1; i-- > 0;) {
    if (parts[i] != "images" && parts[i] != "JPEGImages") continue;
    parts[i] = "labels";
    break;
  }
  fs::path labels;
  for (const fs::path& part : parts) labels /= part;
  return labels.replace_extension(".txt").string();
}

class LabelReader {
 public:
  LabelReader(const CocoImage& image, long classes) : image_(image), classes_(classes) {}

  CocoObject object(const TextLine& line) const {
    std::istringstream words(line.text);
    std::vector<double> numbers;
    for (std::string word; words >> word;) numbers.push_back(number(word, line));
    check(numbers.size() == 5, line.where, "found ", numbers.size(),
          " numbers, expected 5: class, centre x, centre y, width, height");
    check(
        numbers[0] >= 0 && numbers[0] < static_cast<double>(classes_) && numbers[0] == std::floor(numbers[0]),
        line.where, "found class ", numbers[0], ", expected 0 to ", classes_ - 1);
    check(numbers[3] > 0 && numbers[4] > 0, line.where, "found a box of ", numbers[3], " x ", numbers[4],
          ", expected shares of the picture above 0");
    const auto [left, right] = edges(numbers[1], numbers[3], image_.width, line);
    const auto [top, bottom] = edges(numbers[2], numbers[4], image_.height, line);
    const Extent extent{left, top, right - left, bottom - top};
    return {image_.id, static_cast<long>(numbers[0]), extent, extent.w * extent.h, false};
  }

 private:
  static double number(const std::string& word, const TextLine& line) {
    double value = 0;
    const auto [stopped, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    check(error == std::errc() && stopped == word.data() + word.size() && std::isfinite(value), line.where,
          "found '", word, "', expected a number");
    return value;
  }

  // In pixels, along one axis.
  static std::pair<double, double> edges(double centre, double share, long pixels, const TextLine& line) {
    const auto extent = static_cast<double>(pixels);
    const double first = (centre - share / 2) * extent, last = (centre + share / 2) * extent;
    check(first >= -1 && last <= extent + 1, line.where, "found a box from ", first, " to ", last, " of ",
          pixels, " pixels, expected one inside of its picture");
    return {std::max(first, 0.0), std::min(last, extent)};
  }

  const CocoImage& image_;
  const long classes_;
};

// Their sizes, on all threads; the first sentence in order.
void inspect_all(std::vector<CocoImage>& images, const std::vector<TextLine>& lines, bool upright) {
  std::vector<std::string> sentences(images.size());
  parallel_for(static_cast<long>(images.size()), [&](long i) {
    const auto k = static_cast<std::size_t>(i);
    try {
      const PictureFacts facts = inspect_picture_file(images[k].file, upright);
      images[k].width = facts.width, images[k].height = facts.height;
    } catch (const Error& error) {
      sentences[k] = lines[k].where + error.what();
    }
  });
  for (const std::string& sentence : sentences) check(sentence.empty(), sentence);
}

}  // namespace

DarknetData read_darknet_data(const std::string& path) {
  std::map<std::string, TextLine> values;
  for (const TextLine& line : lines_of(path, nullptr)) {
    if (line.text.front() == '#' || line.text.front() == ';') continue;
    const std::size_t equals = line.text.find('=');
    check(equals != std::string::npos && equals > 0, line.where, "found '", line.text,
          "', expected key = value");
    const std::string key = without_blanks(line.text.substr(0, equals));
    const bool added =
        values.emplace(key, TextLine{without_blanks(line.text.substr(equals + 1)), line.where}).second;
    check(added, line.where, "found '", key, "' a second time, expected it once");
  }
  const auto file_of = [&](const std::string& key) {
    const auto found = values.find(key);
    if (found == values.end()) return std::string();
    const std::string file = found_from(path, found->second.text);
    check(is_there(file) && fs::is_regular_file(file), found->second.where, "found ", key, " = ",
          found->second.text,
          ", which is no file; expected a path from the folder of this file or from the working directory");
    return file;
  };
  DarknetData data{path, file_of("train"), file_of("valid"), {}};
  const std::string names = file_of("names");
  check(!data.valid.empty() && !names.empty(), path, ": found no '", names.empty() ? "names" : "valid",
        "', expected it: train, valid and names are files");
  for (const TextLine& line : lines_of(names, nullptr)) data.classes.push_back(line.text);
  check(!data.classes.empty(), names, ": found no line, expected a class a line");
  if (const auto classes = values.find("classes"); classes != values.end())
    check(classes->second.text == std::to_string(data.classes.size()), classes->second.where,
          "found classes = ", classes->second.text, ", expected ", data.classes.size(), " as ", names,
          " has");
  return data;
}

CocoSet read_darknet_list(const std::string& path, const std::vector<std::string>& classes, bool upright,
                          Md5& digest) {
  CocoSet set;
  for (const std::string& name : classes)
    set.categories.push_back({static_cast<long>(set.categories.size()), name});
  const std::vector<TextLine> lines = lines_of(path, &digest);
  check(!lines.empty(), path, ": found no line, expected a picture a line");
  for (const TextLine& line : lines)
    set.images.push_back({static_cast<long>(set.images.size()) + 1, found_from(path, line.text), 0, 0});
  inspect_all(set.images, lines, upright);
  bool labelled = false;
  for (const CocoImage& image : set.images) {
    const std::string labels = labels_of(image.file);
    if (!is_there(labels)) continue;
    labelled = true;
    const LabelReader reader(image, static_cast<long>(classes.size()));
    for (const TextLine& line : lines_of(labels, &digest)) set.objects.push_back(reader.object(line));
  }
  check(labelled, path, ": found no labels for any of ", set.images.size(),
        " pictures, expected files such as ", labels_of(set.images.front().file));
  return set;
}

}  // namespace nibble
