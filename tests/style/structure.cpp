#include "tests/style/structure.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "core/check.h"

namespace nibble::style {
namespace {

namespace fs = std::filesystem;

const char* const kFolders[] = {"core",     "autograd", "quant",       "layers", "interchange",
                                "datasets", "edge",     "experiments", "bench",  "tests"};

Source read(const fs::path& root, const fs::path& file) {
  Source source{fs::relative(file, root).generic_string(), {}};
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) source.lines.push_back(line);
  return source;
}

template <typename Wanted>
void read_below(const fs::path& root, const fs::path& folder, const Wanted& wanted,
                std::vector<Source>& into) {
  if (!fs::exists(root / folder)) return;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string path = fs::relative(entry.path(), root).generic_string();
    if (entry.is_regular_file() && wanted(entry.path()) && !path.starts_with("tests/fixtures/"))
      into.push_back(read(root, entry.path()));
  }
}

void sort(std::vector<Source>& sources) {
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
}

// The files that a source includes with quotes: by path from the root or, in C, from its own folder.
std::vector<std::string> included_by(const Source& source,
                                     const std::map<std::string, const Source*>& by_path) {
  static const std::regex pattern(R"re(^\s*#\s*include\s*"([^"]+)")re");
  std::vector<std::string> found;
  for (const std::string& line : source.lines) {
    std::smatch match;
    if (line.find("include") == std::string::npos || !std::regex_search(line, match, pattern)) continue;
    const std::string beside = (fs::path(source.path).parent_path() / match[1].str()).generic_string();
    if (by_path.contains(match[1])) {
      found.push_back(match[1]);
    } else if (by_path.contains(beside)) {
      found.push_back(beside);
    }
  }
  return found;
}

// Depth-first search along includes; the files between the root and the current one are on the path.
class CycleSearch {
 public:
  explicit CycleSearch(const std::vector<Source>& sources) {
    for (const Source& source : sources) by_path_[source.path] = &source;
    for (const Source& source : sources) visit(source.path);
  }
  const std::vector<std::string>& cycles() const { return cycles_; }

 private:
  void visit(const std::string& file) {
    const auto open = std::find(path_.begin(), path_.end(), file);
    if (open != path_.end()) {
      std::string text = "include cycle: ";
      for (auto step = open; step != path_.end(); ++step) text += *step + " -> ";
      cycles_.push_back(text + file);
      return;
    }
    if (!done_.insert(file).second) return;
    path_.push_back(file);
    for (const std::string& next : included_by(*by_path_.at(file), by_path_)) visit(next);
    path_.pop_back();
  }

  std::map<std::string, const Source*> by_path_;
  std::vector<std::string> path_, cycles_;
  std::set<std::string> done_;
};

bool begins_type(const std::string& text) {
  static const std::regex pattern(R"(^(class|struct|union)\b.*\{$)");
  return std::regex_search(text, pattern);
}

// Where a function may begin: at `column`, and neither a comment nor a preprocessor line nor the end of a
// block.
std::optional<std::string> beginning_at(const std::string& line, std::size_t column) {
  if (line.find_first_not_of(' ') != column) return std::nullopt;
  const std::string text = line.substr(column);
  static const std::regex other(R"(^(//|#|\}|\{|\)|public:|private:|protected:))");
  if (std::regex_search(text, other)) return std::nullopt;
  return text;
}

}  // namespace

std::vector<Source> read_sources(const fs::path& root) {
  std::vector<Source> sources;
  for (const char* folder : kFolders) {
    read_below(
        root, folder,
        [](const fs::path& p) {
          return p.extension() == ".h" || p.extension() == ".cpp" || p.extension() == ".c";
        },
        sources);
  }
  check(!sources.empty(), root.string(), ": found no sources, expected the root of the source tree");
  sort(sources);
  return sources;
}

std::vector<Source> read_build_files(const fs::path& root) {
  const auto is_build_file = [](const fs::path& p) {
    return p.extension() == ".cmake" || p.filename() == "CMakeLists.txt";
  };
  std::vector<Source> files;
  if (fs::exists(root / "CMakeLists.txt")) files.push_back(read(root, root / "CMakeLists.txt"));
  read_below(root, "cmake", is_build_file, files);
  for (const char* folder : kFolders) read_below(root, folder, is_build_file, files);
  check(!files.empty(), root.string(), ": found no CMake files, expected the root of the source tree");
  sort(files);
  return files;
}

std::vector<Source> outside_tests(const std::vector<Source>& sources) {
  std::vector<Source> kept;
  std::copy_if(sources.begin(), sources.end(), std::back_inserter(kept),
               [](const Source& source) { return !source.path.starts_with("tests/"); });
  return kept;
}

std::vector<std::string> crowded_folders(const std::vector<Source>& sources, std::size_t most) {
  std::map<std::string, std::set<std::string>> stems;
  for (const Source& source : sources) {
    const fs::path path(source.path);
    stems[path.parent_path().generic_string()].insert(path.stem().string());
  }
  std::vector<std::string> faults;
  for (const auto& [folder, found] : stems) {
    if (found.size() > most && folder != "edge/kernels/portable")
      faults.push_back(str(folder, ": found ", found.size(), " stems, expected at most ", most));
  }
  return faults;
}

std::vector<std::string> include_cycles(const std::vector<Source>& sources) {
  return CycleSearch(sources).cycles();
}

std::vector<std::string> long_files(const std::vector<Source>& sources, std::size_t most) {
  std::vector<std::string> faults;
  for (const Source& source : sources) {
    if (source.lines.size() > most)
      faults.push_back(str(source.path, ": found ", source.lines.size(), " lines, expected at most ", most));
  }
  return faults;
}

std::size_t lines_at(const std::vector<Source>& sources, double share) {
  check(!sources.empty() && share >= 0 && share < 1, "lines_at: found share ", share, " of ", sources.size(),
        " files, expected 0 <= share < 1 of at least one");
  std::vector<std::size_t> lengths;
  for (const Source& source : sources) lengths.push_back(source.lines.size());
  std::sort(lengths.begin(), lengths.end());
  return lengths[static_cast<std::size_t>(share * static_cast<double>(lengths.size()))];
}

std::vector<std::string> long_functions(const std::vector<Source>& sources, std::size_t most) {
  std::vector<std::string> faults;
  for (const Source& source : sources) {
    bool in_type = false;  // whose members are indented by two
    std::size_t begin[2] = {0, 0};
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      const std::string& line = source.lines[i];
      for (const std::size_t column : {std::size_t{0}, std::size_t{2}}) {
        std::size_t& first = begin[column / 2];
        if (const auto text = beginning_at(line, column)) {
          const bool goes_on =
              i > 0 && source.lines[i - 1].starts_with(std::string(column, ' ') + "template <");
          if (!goes_on) first = i;
          if (column == 0) in_type = begins_type(*text);
        } else if (line == std::string(column, ' ') + "}" && (column == 0 || in_type) &&
                   i - first + 1 > most) {
          faults.push_back(str(source.path, ":", first + 1, ": found a function of ", i - first + 1,
                               " lines, expected at most ", most));
        }
      }
    }
  }
  return faults;
}

}  // namespace nibble::style
