#include "experiments/training/checkpoint.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "core/check.h"
#include "core/files/hdf5_file.h"
#include "core/files/sealed_file.h"
#include "layers/models/models.h"
#include "tests/support/damage.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/sample_record.h"
#include "tests/support/temporary_directory.h"

namespace nibble::checkpoint_test {
namespace {

Checkpoint sample_checkpoint() {
  Checkpoint checkpoint;
  Tensor weight({2, 3, 3, 4});
  for (long i = 0; i < weight.size(); ++i) weight[i] = Real(1) / static_cast<Real>(i + 3);
  checkpoint.parameters = {{"layer1/0/conv1/weight", weight},
                           {"fc/bias", Tensor({3}, {-0.0F, 1e-45F, std::numeric_limits<Real>::quiet_NaN()})},
                           {"scalar", Tensor(Shape{}, {2})}};
  checkpoint.optimizer = {{"momentum/fc/bias", Tensor({3}, {1, 2, 3})}};
  checkpoint.average = {{"fc/bias", Tensor({3}, {4, 5, 6})}};
  checkpoint.state = {{"lstm1/0", Tensor({1, 2}, {0.5, -0.25})}, {"lstm1/1", Tensor({1, 2}, {7, -8})}};
  checkpoint.vocabulary = {"the", "<eos>", "größe"};
  checkpoint.counters = {{"epoch", 3}, {"rng/key", std::numeric_limits<std::uint64_t>::max()}};
  checkpoint.scalars = {{"best_top1", 91.73}, {"tiny", 5e-324}};
  checkpoint.config_text = "[run]\nseed = 1\n";
  checkpoint.config_hash = "0123456789abcdef";
  checkpoint.record = sample_record();
  return checkpoint;
}

bool same_tensors(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.shape() == y.second.shape() &&
           std::memcmp(x.second.data(), y.second.data(),
                       static_cast<std::size_t>(x.second.size()) * sizeof(Real)) == 0;
  });
}

Network small_network(std::uint64_t seed) {
  Network network{Rng(seed)};
  NodeRef x = network.add_input("image", {4, 4, 3});
  x = network.add("conv1", Conv2dOptions{.out_channels = 2}, {x});
  x = network.add("bn1", BatchNormOptions{}, {x});
  x = network.add("pool", GlobalPoolOptions{}, {x});
  network.add("fc", LinearOptions{.out_features = 3}, {x});
  return network;
}

}  // namespace

TEST_CASE("checkpoints_keep_everything_bit_for_bit") {
  const TemporaryDirectory directory;
  const std::string path = directory / "last.h5";
  const Checkpoint saved = sample_checkpoint();
  save(path, saved);
  const Checkpoint loaded = load(path);
  CHECK(same_tensors(loaded.parameters, saved.parameters));
  CHECK(same_tensors(loaded.optimizer, saved.optimizer));
  CHECK(same_tensors(loaded.average, saved.average));
  CHECK(same_tensors(loaded.state, saved.state));
  CHECK(loaded.vocabulary == saved.vocabulary);
  CHECK(loaded.counters == saved.counters);
  CHECK(loaded.scalars == saved.scalars);
  CHECK(loaded.config_text == saved.config_text);
  CHECK(loaded.config_hash == saved.config_hash);
  CHECK(same_record(loaded.record, saved.record));
}

TEST_CASE("an_empty_checkpoint_survives") {
  const TemporaryDirectory directory;
  const std::string path = directory / "last.h5";
  save(path, Checkpoint{});
  const Checkpoint loaded = load(path);
  CHECK(loaded.parameters.empty());
  CHECK(loaded.counters.empty());
}

TEST_CASE("the_same_checkpoint_gives_the_same_bytes") {
  const TemporaryDirectory directory;
  save(directory / "a.h5", sample_checkpoint());
  save(directory / "b.h5", sample_checkpoint());
  CHECK((read_file(directory / "a.h5") == read_file(directory / "b.h5")));
}

TEST_CASE("checkpoints_truncated_anywhere_are_refused_by_name") {
  const TemporaryDirectory directory;
  const std::string path = directory / "last.h5";
  save(path, sample_checkpoint());
  const std::string bytes = read_file(path);
  for (const std::size_t length : truncations(bytes.size(), 200)) {
    write_file(path, bytes.substr(0, length));
    CAPTURE(length);
    CHECK_THAT(error_of([&] { load(path); }), Catch::StartsWith(path + ": found "));
  }
  CHECK(error_of([&] { load(path); }) == str(path, ": found a truncated nibble checkpoint 1 of ",
                                             bytes.size() - 1, " bytes, expected ", bytes.size()));
}

TEST_CASE("checkpoints_with_one_flipped_bit_are_refused_by_name") {
  const TemporaryDirectory directory;
  const std::string path = directory / "last.h5";
  save(path, sample_checkpoint());
  const std::string bytes = read_file(path);
  for (const std::size_t at : truncations(bytes.size(), 400)) {
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ (1 << (at % 8)));
    write_file(path, broken);
    CAPTURE(at);
    CHECK_THAT(error_of([&] { load(path); }), Catch::StartsWith(path + ": found "));
  }
}

TEST_CASE("foreign_files_are_not_taken_for_checkpoints") {
  const TemporaryDirectory directory;
  const std::string path = directory / "last.h5";
  const auto message = [&] { return error_of([&] { load(path); }); };
  CHECK(message() == path + ": found no file, expected a nibble checkpoint 1");
  write_file(path, "PK\x03\x04 rest");
  CHECK(message() == path + ": found a zip archive, as torch.save writes, expected a nibble checkpoint 1");
  {
    Hdf5File file = Hdf5File::create(path);
    file.close();
  }
  CHECK(message() == path + ": found an HDF5 file, expected a nibble checkpoint 1");
  {
    Hdf5File file = Hdf5File::create(path, kSealBytes);
    file.close();
    seal(path, "nibble checkpoint 2");
  }
  CHECK(message() == path + ": found a file marked 'nibble checkpoint 2', expected a nibble checkpoint 1");
}

TEST_CASE("checkpoints_open_as_plain_hdf5") {
  const TemporaryDirectory directory;
  const std::string path = directory / "last.h5";
  save(path, sample_checkpoint());
  const Hdf5File file = Hdf5File::open(path);
  CHECK(file.attribute<std::string>("/", "format") == "nibble checkpoint");
  CHECK(file.attribute<int>("/", "version") == 1);
  CHECK(file.attribute<std::string>("/", "tensors_xxh64").size() == 16);
  CHECK(file.read_array<Real>("/parameters/layer1/0/conv1/weight").shape() == Shape{2, 3, 3, 4});
  CHECK(file.children("/") == std::vector<std::string>{"average", "gradients", "optimizer", "oscillation",
                                                       "parameters", "progress", "record", "state",
                                                       "vocabulary"});
}

TEST_CASE("a_failed_save_leaves_the_old_checkpoint") {
  const TemporaryDirectory directory;
  const std::string path = directory / "last.h5";
  save(path, sample_checkpoint());
  const std::string before = read_file(path);
  Checkpoint larger = sample_checkpoint();
  larger.parameters["large"] = Tensor({1000, 1000});
  {
    const FileSizeLimit full(1'000'000);
    CHECK_THAT(error_of([&] { save(path, larger); }), Catch::StartsWith(path));
  }
  CHECK((read_file(path) == before));
  Checkpoint unnamed = sample_checkpoint();
  unnamed.optimizer["a//b"] = Tensor({1});
  CHECK_THAT(error_of([&] { save(path, unnamed); }), Catch::Contains("found a tensor named 'a//b'"));
  CHECK((read_file(path) == before));
  const std::filesystem::directory_iterator all(directory.path());
  CHECK(std::distance(begin(all), end(all)) == 1);
}

TEST_CASE("capture_and_restore_carry_a_network_over") {
  Network from = small_network(1), to = small_network(2);
  const auto values = capture(from);
  CHECK(values.size() == 7);
  CHECK_FALSE(same_tensors(values, capture(to)));
  restore(to, values, "test");
  CHECK(same_tensors(values, capture(to)));
}

TEST_CASE("capture_copies_so_that_training_on_does_not_change_it") {
  Network network = small_network(1);
  const auto values = capture(network);
  const Real before = values.at("fc/weight")[0];
  network.parameters([](const std::string&, ParameterKind, Var& value) { value.mutable_value().fill(9); });
  CHECK(values.at("fc/weight")[0] == before);

  restore(network, values, "test");
  network.parameters([](const std::string&, ParameterKind, Var& value) { value.mutable_value().fill(9); });
  CHECK(values.at("fc/weight")[0] == before);
}

TEST_CASE("restore_names_what_does_not_fit_and_changes_nothing") {
  Network network = small_network(1);
  const auto before = capture(network);
  auto values = capture(network);
  values.at("bn1/bias") = Tensor({5});
  CHECK(error_of([&] { restore(network, values, "last.h5"); }) ==
        "last.h5: 1 tensor does not fit the network: 'bn1/bias' has shape [5], expected [2]");
  values.erase("conv1/weight");
  values["fc2/weight"] = Tensor({1, 2});
  values["fc3/weight"] = Tensor({1, 2});
  CHECK(error_of([&] { restore(network, values, "last.h5"); }) ==
        "last.h5: 4 tensors do not fit the network: 'conv1/weight' [2, 3, 3, 3] is missing, 'bn1/bias' has "
        "shape [5], "
        "expected [2], 'fc2/weight' [1, 2] is not in the network, ...");
  CHECK(same_tensors(before, capture(network)));
}

}  // namespace nibble::checkpoint_test
