#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nibble {

/// Takes the files named in `wanted` out of a .tar.gz, wherever in its tree they lie, into `directory` (made
/// if it is not there). They are unpacked aside and renamed at the end, so each appears whole or not at all.
/// An Error says that the archive is damaged, cut short, lacks a wanted file, or that the disk is full.
void unpack_tar_gz(const std::filesystem::path& archive, const std::vector<std::string>& wanted,
                   const std::filesystem::path& directory);

}  // namespace nibble
