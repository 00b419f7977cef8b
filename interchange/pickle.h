#pragma once

#include <cstdint>
#include <deque>
#include <istream>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/noncopyable.h"

namespace nibble {

// A pickle is a program for a small stack machine, with which Python writes objects (pickletools.py of
// CPython describes it). Here it is only read: values are built, and nothing is executed. Protocols 0 to 2 as
// far as torch.save uses them.

struct PickleValue;
using PickleItem = const PickleValue*;

/// A tuple or a list.
struct PickleSequence {
  std::vector<PickleItem> items;
};
/// A dict or an OrderedDict, in the order of the file.
struct PickleDictionary {
  std::vector<std::pair<PickleItem, PickleItem>> items;
};
/// The name of a class or a function, "torch.FloatStorage".
struct PickleGlobal {
  std::string name;
};
/// What would be made by calling a function.
struct PickleCall {
  std::string function;
  PickleItem arguments;  // a sequence
};
/// What is stored outside of the pickle.
struct PicklePersistent {
  PickleItem id;
};

struct PickleValue {
  std::variant<std::monostate, bool, std::int64_t, double, std::string, PickleSequence, PickleDictionary,
               PickleGlobal, PickleCall, PicklePersistent>
      is;

  /// What it is, or nullptr where it is something else.
  template <typename Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&is);
  }
  /// "a dictionary", for messages.
  const char* kind() const;
};

/// The values of one pickle, which live as long as this does.
class Pickle : NonCopyable {
 public:
  /// Reads up to the end of the pickle, no further. Throws Error, in the name of `who`, for an operation that
  /// is not known here, for a global that `allowed` does not have, and for a damaged pickle.
  Pickle(std::istream& in, const std::set<std::string>& allowed, const std::string& who);

  PickleItem root() const { return root_; }
  /// All of them, in the order in which they were made.
  const std::deque<PickleValue>& values() const { return values_; }

 private:
  friend class PickleMachine;

  std::deque<PickleValue> values_;  // own all; the items point among them, in circles perhaps
  PickleItem root_ = nullptr;
};

}  // namespace nibble
