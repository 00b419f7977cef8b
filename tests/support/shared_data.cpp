#include "tests/support/shared_data.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/check.h"

namespace nibble {
namespace {

namespace fs = std::filesystem;

fs::path root() {
  const char* const given = std::getenv("NIBBLE_SHARED_DATA");
  return given != nullptr ? fs::path(given) : fs::path(NIBBLE_SOURCE_DIR) / "../shared/data";
}

void run(const std::string& command) {
  check(std::system(command.c_str()) == 0,
        "shared data: found a failing command, expected success: ", command);
}

std::string quoted(const fs::path& path) { return str("'", path.string(), "'"); }

}  // namespace

std::optional<fs::path> shared_data(const std::string& file) {
  const fs::path path = root() / file;
  if (fs::exists(path)) return path;
  WARN("skipped: found no " << path.string() << "; NIBBLE_SHARED_DATA names another place");
  return std::nullopt;
}

std::optional<fs::path> cifar10_batches(const std::vector<std::string>& batches) {
  const fs::path directory = fs::path(NIBBLE_BINARY_DIR) / "test_data/cifar10";
  const std::string own = str(".", getpid());  // test programs run side by side
  for (const std::string& batch : batches) {
    const fs::path target = directory / (batch + ".bin");
    if (fs::exists(target)) continue;
    const auto packed = shared_data("cifar10/" + batch + ".med.xz");
    const auto source = shared_data("cifar10/unpack_cifar10.cpp");
    if (!packed || !source) return std::nullopt;
    fs::create_directories(directory);
    const fs::path program = directory / ("unpack" + own), part = target.string() + own;
    if (!fs::exists(program)) run(NIBBLE_CXX " -O2 -std=c++17 -o " + quoted(program) + " " + quoted(*source));
    run("xz -dc " + quoted(*packed) + " | " + quoted(program) + " > " + quoted(part));
    fs::rename(part, target);
    fs::remove(program);
  }
  return directory;
}

std::optional<fs::path> shared_pictures(const std::string& archive) {
  const auto packed = shared_data(archive);
  if (!packed) return std::nullopt;
  const fs::path target = fs::path(NIBBLE_BINARY_DIR) / "test_data" / fs::path(archive).replace_extension();
  if (fs::exists(target)) return target;
  const fs::path part = target.string() + str(".", getpid());  // test programs run side by side
  fs::create_directories(part);
  run("tar -xf " + quoted(*packed) + " -C " + quoted(part));
  std::error_code another_was_first;
  fs::rename(part, target, another_was_first);
  if (another_was_first) fs::remove_all(part);
  return target;
}

std::optional<fs::path> pretrained_net(const std::string& name) {
  const fs::path plain = root() / "nets" / (name + ".safetensors");
  if (fs::exists(plain)) return plain;
  const fs::path directory = fs::path(NIBBLE_BINARY_DIR) / "test_data/nets",
                 target = directory / plain.filename();
  if (fs::exists(target)) return target;
  const auto packed = shared_data("nets/" + name + ".safetensors.xz");
  if (!packed) return std::nullopt;
  fs::create_directories(directory);
  const fs::path part = target.string() + str(".", getpid());  // test programs run side by side
  run("xz -dc " + quoted(*packed) + " > " + quoted(part));
  fs::rename(part, target);
  return target;
}

}  // namespace nibble
