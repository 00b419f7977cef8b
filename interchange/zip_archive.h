#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nibble {

/// The files of a zip archive, name and content, in its order. Throws Error, which names the archive, where
/// it cannot be read or is damaged, and where its files together are larger than the archive: those of
/// PyTorch are not compressed, and a small archive must not fill the memory.
std::vector<std::pair<std::string, std::string>> read_zip_archive(const std::string& path);

}  // namespace nibble
