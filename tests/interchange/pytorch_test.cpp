#include "interchange/pytorch.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "core/check.h"
#include "tests/support/damage.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace nibble::pytorch_test {
namespace {

// Made by PyTorch 1.13: tests/fixtures/pytorch/README.md.
std::string fixture(const std::string& name) { return NIBBLE_SOURCE_DIR "/tests/fixtures/pytorch/" + name; }

std::vector<float> values_of(const Tensor& tensor) { return {tensor.begin(), tensor.end()}; }

}  // namespace

TEST_CASE("pytorch_reads_every_type_and_every_view_from_both_formats") {
  for (const char* name : {"zip.pth", "legacy.pth"}) {
    INFO(name);
    const auto tensors = read_pytorch(fixture(name));
    CHECK(tensors.size() == 10);
    const Tensor& whole = tensors.at("whole");
    CHECK(whole.shape() == Shape{4, 6});
    for (long i = 0; i < 24; ++i) CHECK(whole[i] == static_cast<float>(i));
    CHECK(tensors.at("transposed").shape() == Shape{6, 4});
    CHECK(tensors.at("transposed")[1] == 6);
    CHECK(tensors.at("transposed")[23] == 23);
    CHECK(tensors.at("part").shape() == Shape{2, 3});
    CHECK(values_of(tensors.at("part")) == std::vector<float>{8, 9, 10, 14, 15, 16});
    CHECK(values_of(tensors.at("half")) == std::vector<float>{0.5f, -2, 65504});
    CHECK(values_of(tensors.at("bfloat16")) == std::vector<float>{1, -0.15625f});
    CHECK(values_of(tensors.at("double")) == std::vector<float>{0.1f});
    CHECK(tensors.at("counter").shape() == Shape{});
    CHECK(tensors.at("counter")[0] == 7);
    CHECK(values_of(tensors.at("bytes")) == std::vector<float>{1, 255});
    CHECK(values_of(tensors.at("parameter")) == std::vector<float>{3, 4});
    CHECK(tensors.at("none").shape() == Shape{0, 3});
  }
}

TEST_CASE("pytorch_finds_the_weights_in_a_training_checkpoint") {
  const auto tensors = read_pytorch(fixture("checkpoint_legacy.pth"));
  CHECK(tensors.size() == 1);
  CHECK(values_of(tensors.at("module.fc.weight")) == std::vector<float>{1, 2});
}

TEST_CASE("pytorch_executes_nothing_and_names_what_a_file_would_call") {
  const std::filesystem::path trace = "/tmp/executed";  // what evil.pth would touch
  std::filesystem::remove(trace);
  CHECK_THROWS_WITH(read_pytorch(fixture("evil.pth")),
                    Catch::Contains("evil.pth: found 'posix.system' in its"));
  CHECK_FALSE(std::filesystem::exists(trace));
  CHECK_THROWS_WITH(read_pytorch(fixture("model.pth")),
                    Catch::Contains("found 'torch.nn.modules.linear.Linear' in its pickle"));
}

TEST_CASE("pytorch_refuses_other_files") {
  const TemporaryDirectory directory;
  const std::string path = directory / "text.pth";
  write_file(path, "weights");
  CHECK_THROWS_WITH(read_pytorch(path), path +
                                            ": found a text that begins with 'weights', expected a file that "
                                            "torch.save wrote");
}

TEST_CASE("pytorch_answers_every_damage_with_a_sentence") {
  for (const char* name : {"zip.pth", "legacy.pth"}) {
    const std::string whole = read_file(fixture(name));
    const TemporaryDirectory directory;
    const std::string path = directory / name;
    for (std::size_t length = 0; length < whole.size(); length += 7) {
      write_file(path, whole.substr(0, length));
      CHECK_THROWS_AS(read_pytorch(path), Error);
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const int flip : {1, 128}) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ flip);
        write_file(path, damaged);
        try {
          read_pytorch(path);  // a number may be another one, and nobody can know
        } catch (const Error&) {
        }
      }
    }
  }
}

TEST_CASE("pytorch_reads_published_weights") {
  const auto path = shared_data("nets/original/resnet20-12fca82f.th");
  if (!path) return;
  const auto tensors = read_pytorch(*path);
  CHECK(tensors.at("module.conv1.weight").shape() == Shape{16, 3, 3, 3});
  CHECK(tensors.size() == 97);
}

}  // namespace nibble::pytorch_test
