#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nibble {

/// Real data, too large for the repository: $NIBBLE_SHARED_DATA, else ../shared/data beside the project.
/// Nothing, and a printed message that the test is skipped, where `file` ("ptb/ptb.test.txt") is not there.
std::optional<std::filesystem::path> shared_data(const std::string& file);

/// A directory with the named batches ("test_batch", "data_batch_1") of CIFAR-10 as official .bin files,
/// unpacked once into the build directory. Nothing, and a message, where the shared data are not there.
std::optional<std::filesystem::path> cifar10_batches(const std::vector<std::string>& batches);

/// A directory with the pictures of an archive of shared/data, "coco/val2017_a.tar", unpacked once into the
/// build directory. Nothing, and a message, where the shared data are not there.
std::optional<std::filesystem::path> shared_pictures(const std::string& archive);

/// The file of weights `NAME.safetensors` of shared/data/nets, unpacked once into the build directory where
/// it is packed. Nothing, and a message, where the shared data are not there.
std::optional<std::filesystem::path> pretrained_net(const std::string& name);

}  // namespace nibble
