#pragma once

#include <filesystem>
#include <string>
#include <vector>

// What can be measured of the sources as text. Faults are sentences that name the place, what was found and
// what was expected; an empty list is a pass.

namespace nibble::style {

/// A text file, by its path from the root.
struct Source {
  std::string path;
  std::vector<std::string> lines;
};

/// All .h, .cpp and .c files below the project's folders, sorted by path.
std::vector<Source> read_sources(const std::filesystem::path& root);

/// All CMakeLists.txt and .cmake files of the project.
std::vector<Source> read_build_files(const std::filesystem::path& root);

/// The sources outside tests/.
std::vector<Source> outside_tests(const std::vector<Source>& sources);

/// Folders with more than `most` stems (x.h and x.cpp are one stem) that lie in them directly. The device
/// kernels are left out: they are one function a file.
std::vector<std::string> crowded_folders(const std::vector<Source>& sources, std::size_t most);

/// One sentence for each cycle of includes that a search from every file meets.
std::vector<std::string> include_cycles(const std::vector<Source>& sources);

/// Files of more than `most` lines.
std::vector<std::string> long_files(const std::vector<Source>& sources, std::size_t most);

/// The number of lines that a share of the files (0.5: the median) do not exceed.
std::size_t lines_at(const std::vector<Source>& sources, double share);

/// Functions of more than `most` lines, from the first line of the signature to the closing brace. Reads the
/// layout that clang-format makes: a body ends with a brace in the column of the signature.
std::vector<std::string> long_functions(const std::vector<Source>& sources, std::size_t most);

}  // namespace nibble::style
