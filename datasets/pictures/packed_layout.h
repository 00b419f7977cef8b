#pragma once

#include <string>

namespace nibble::packed {

// Names inside of a file of packed pictures, for its writer and its reader.

inline constexpr const char* kKindName = "kind";
inline constexpr const char* kKind = "nibble pictures 1";
inline constexpr const char* kFingerprint = "fingerprint";
inline constexpr const char* kClassNames = "class_names";
inline constexpr const char* kSplits[] = {"train", "validation", "test"};  // in the order of PictureSplit

inline std::string bytes_of(const std::string& split) { return split + "/bytes"; }
inline std::string begin_of(const std::string& split) { return split + "/begin"; }
inline std::string label_of(const std::string& split) { return split + "/label"; }
inline std::string name_of(const std::string& split) { return split + "/name"; }

}  // namespace nibble::packed
