#pragma once

#include <map>
#include <string>
#include <vector>

namespace nibble {

/// Finds classes by what folders and labels call them.
class ClassNames {
 public:
  /// From a file with a class a line. A line such as "n01440764 tench, Tinca tinca" is found as n01440764 and
  /// as "tench, Tinca tinca", which is its name; any other by itself. An Error names a file that cannot be
  /// read, holds no line, or the same one twice.
  static ClassNames read(const std::string& path);
  /// These names in order of the alphabet, each once; names that are all numbers are classes 0, 1, ... up to
  /// the largest.
  static ClassNames of(std::vector<std::string> found);

  /// Its number; −1 for a name that is no class.
  int find(const std::string& name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  void add(const std::string& key, int label, const std::string& where);

  std::vector<std::string> names_;
  std::map<std::string, int> labels_;
};

}  // namespace nibble
