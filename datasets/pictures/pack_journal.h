#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/noncopyable.h"

namespace nibble {

/// What `nibble data pack` has done so far, beside the file that it makes: TO.part holds the bytes of the
/// pictures, one behind the other, TO.index the length of each. The index is written after the bytes are on
/// disk. So whatever ends the program, a power cut too, each line of the index is true, and the next call
/// goes on behind the last.
class PackJournal : NonCopyable {
 public:
  /// `key` says what is packed, in one line. A journal with another key is begun anew.
  PackJournal(const std::string& to, const std::string& key);
  ~PackJournal();

  /// A picture for each line: its bytes in the file, or nothing where it was left out.
  const std::vector<std::optional<long>>& lengths() const { return lengths_; }
  long bytes() const { return bytes_; }
  /// Adds the next pictures. An Error says that the disk is full.
  void append(const std::vector<std::optional<std::string>>& pictures);
  /// The file of all bytes.
  const std::string& bytes_path() const { return bytes_path_; }
  /// Removes both files, once they are of no use any more.
  void remove();

 private:
  void read(const std::string& key);

  std::string bytes_path_, index_path_;
  int bytes_file_ = -1, index_file_ = -1;
  std::vector<std::optional<long>> lengths_;
  long bytes_ = 0;
};

}  // namespace nibble
