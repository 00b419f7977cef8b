#include "experiments/config/config_file.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "experiments/config/embedded_configs.h"

namespace nibble {

namespace po = boost::program_options;

namespace {

constexpr const char* kInclude = "include";
constexpr const char* kBuiltIn = "builtin:";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors begin UTF-8 with it

// Beyond what anybody writes, and below what ends the program.
constexpr std::size_t kLargestFile = 1 << 20;
constexpr std::size_t kDeepestInclude = 100;
constexpr int kMostIncludes = 1000;

/// Where a `key = value` stands, in the order of the file.
struct Line {
  std::string key;
  std::string origin;
};

/// The same reading of lines as Boost's: # starts a comment anywhere, [section], key = value.
std::vector<Line> scan(const Options& options, const std::string& text, const std::string& path) {
  std::vector<Line> lines;
  std::map<std::string, std::string> first_origin;
  std::istringstream stream(text);
  std::string raw, section;
  for (int number = 1; std::getline(stream, raw); ++number) {
    const std::string origin = str(path, ":", number);
    const std::string line = trim(raw.substr(0, raw.find('#')));
    if (line.empty()) continue;
    if (line.front() == '[' && line.back() == ']') {
      section = line.substr(1, line.size() - 2);
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos)
      usage_error(origin, ": found '", line, "', expected [section], key = value, or # and a comment");
    const std::string name = trim(line.substr(0, equals));
    const std::string key = section.empty() ? name : section + "." + name;
    const Options::Option* option = options.find(key);
    if (key != kInclude) {
      if (section.empty()) usage_error(origin, ": key '", name, "' stands before the first [section]");
      options.check_known(key, origin);
      const auto [first, is_first] = first_origin.emplace(key, origin);
      if (!is_first && !option->repeatable)
        usage_error(origin, ": key '", name, "' in [", section, "] is set a second time, first in ",
                    first->second);
    }
    lines.push_back({key, origin});
  }
  return lines;
}

/// Names of the configs in the folder of a path.
std::vector<std::string> configs_beside(const std::string& path) {
  std::vector<std::string> names;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code unreadable;  // then there are none
  for (const auto& entry : std::filesystem::directory_iterator(folder.empty() ? "." : folder, unreadable))
    if (entry.path().extension() == ".ini") names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_text(const std::string& path, const std::string& origin) {
  const std::string from = origin.empty() ? "" : origin + ": ";
  if (path.starts_with(kBuiltIn)) {
    const std::string name = path.substr(std::string(kBuiltIn).size());
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_configs()) {
      if (file.name == name) return std::string(file.text);
      names.emplace_back(file.name);
    }
    usage_error(from, "config '", path, "' is not built in, expected one of ", join(names));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path))
    usage_error(from, "config file '", path, "' cannot be read",
                did_you_mean(std::filesystem::path(path).filename(), configs_beside(path)));
  std::string text;  // in pieces: a device or a pipe does not say how long it is
  for (char piece[4096]; text.size() <= kLargestFile && (file.read(piece, sizeof piece), file.gcount() > 0);)
    text.append(piece, static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile)
    usage_error(from, "config file '", path, "' has more than ", kLargestFile, " bytes, expected a config");
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

class Reader {
 public:
  explicit Reader(const Options& options) : options_(options) {}

  std::vector<Setting> file(const std::string& path, const std::string& origin) {
    if (std::find(open_.begin(), open_.end(), path) != open_.end())
      usage_error(origin, ": include = ", path, " closes a circle: ", join(open_, " includes "), " includes ",
                  path);
    if (open_.size() >= kDeepestInclude)
      usage_error(origin, ": found includes ", open_.size(), " deep, expected fewer");
    if (++files_ > kMostIncludes)
      usage_error(origin, ": found more than ", kMostIncludes, " included files, expected fewer");
    const std::string content = read_text(path, origin);
    if ((bytes_ += content.size()) > kLargestFile)  // the first file alone never has
      usage_error(origin, ": found more than ", kLargestFile, " bytes in included files, expected fewer");
    return text(content, path);
  }

  std::vector<Setting> text(const std::string& text, const std::string& path) {
    const std::vector<Line> lines = scan(options_, text, path);
    open_.push_back(path);
    std::vector<Setting> own, included;
    const std::vector<po::option> parsed = parse(text, path);
    // One parsed option a line: the scan reads lines as Boost does.
    check(parsed.size() == lines.size(), path, ": ", lines.size(), " settings were scanned but ",
          parsed.size(), " parsed");
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const std::string value = parsed[i].value.empty() ? "" : parsed[i].value.front();
      if (lines[i].key == kInclude)
        included = merge(included, file(resolve_path(value, path), lines[i].origin));
      else
        own.push_back({lines[i].key, value, lines[i].origin});
    }
    open_.pop_back();
    return merge(included, own);
  }

 private:
  // The scan has refused unknown keys, so that Boost need not be told of the known ones.
  static std::vector<po::option> parse(const std::string& text, const std::string& path) {
    try {
      std::istringstream stream(text);
      return po::parse_config_file(stream, po::options_description(), true).options;
    } catch (const po::error& error) {
      usage_error(path, ": ", error.what());
    }
  }

  const Options& options_;
  std::vector<std::string> open_;  // files being read, outermost first
  int files_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

std::string resolve_path(const std::string& path, const std::string& from_file) {
  if (path.starts_with(kBuiltIn)) return path;
  if (from_file.starts_with(kBuiltIn)) return kBuiltIn + path;
  const std::filesystem::path relative(path);
  if (relative.is_absolute()) return path;
  return (std::filesystem::path(from_file).parent_path() / relative).lexically_normal().string();
}

std::vector<Setting> read_config_file(const Options& options, const std::string& path) {
  return Reader(options).file(path, "");
}

std::string read_config_source(const std::string& path) { return read_text(path, ""); }

std::vector<Setting> read_config_text(const Options& options, const std::string& text,
                                      const std::string& path) {
  return Reader(options).text(text, path);
}

}  // namespace nibble
