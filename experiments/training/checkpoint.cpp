#include "experiments/training/checkpoint.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/hdf5_file.h"
#include "core/files/sealed_file.h"
#include "experiments/results/results_file.h"

namespace nibble {
namespace {

// The version counts changes of the layout; an old program refuses a new file instead of misreading it.
constexpr const char* kCheckpointKind = "nibble checkpoint 1";
constexpr int kVersion = 1;

using Tensors = std::map<std::string, Tensor>;

struct TensorGroup {
  const char* group;
  Tensors Checkpoint::*tensors;
};
constexpr TensorGroup kTensorGroups[] = {
    {"/parameters", &Checkpoint::parameters}, {"/optimizer", &Checkpoint::optimizer},
    {"/average", &Checkpoint::average},       {"/state", &Checkpoint::state},
    {"/gradients", &Checkpoint::gradients},   {"/oscillation", &Checkpoint::oscillation},
};

// xxh64 over the values of all tensors, group after group in the order of their names. It names a set of
// weights whatever file they are in; that the file is undamaged is the seal's word.
std::string hash_tensors(const Checkpoint& checkpoint) {
  const std::unique_ptr<XXH64_state_t, XXH_errorcode (*)(XXH64_state_t*)> state(XXH64_createState(),
                                                                                &XXH64_freeState);
  XXH64_reset(state.get(), 0);
  for (const TensorGroup& group : kTensorGroups) {
    for (const auto& [path, values] : checkpoint.*group.tensors) {
      XXH64_update(state.get(), values.data(), static_cast<std::size_t>(values.size()) * sizeof(Real));
    }
  }
  return fmt::format("{:016x}", XXH64_digest(state.get()));
}

// HDF5 reads "a//b" and "a/./b" as "a/b": two tensors could become one.
void check_path(const std::string& path) {
  const std::string framed = "/" + path + "/";
  check(framed.find("//") == std::string::npos && framed.find("/./") == std::string::npos,
        "checkpoint: found a tensor named '", path, "', expected a path like 'layer1/conv1/weight'");
}

void read_tensors(const Hdf5File& file, const std::string& group, const std::string& prefix, Tensors& into) {
  for (const std::string& child : file.children(group)) {
    const std::string object = group + "/" + child, path = prefix + child;
    if (file.is_group(object)) {
      read_tensors(file, object, path + "/", into);
    } else {
      into[path] = file.read_array<Real>(object);
    }
  }
}

template <typename T>
void write_numbers(Hdf5File& file, const std::string& group, const std::map<std::string, T>& numbers) {
  file.make_group(group);
  for (const auto& [name, value] : numbers) file.set_attribute(group, name, value);
}

template <typename T>
std::map<std::string, T> read_numbers(const Hdf5File& file, const std::string& group) {
  std::map<std::string, T> numbers;
  for (const std::string& name : file.attributes(group)) numbers[name] = file.attribute<T>(group, name);
  return numbers;
}

}  // namespace

void save(const std::string& path, const Checkpoint& checkpoint) {
  write_atomically(path, [&](const std::string& aside) {
    Hdf5File file = Hdf5File::create(aside, kSealBytes);
    file.set_attribute("/", "format", "nibble checkpoint");
    file.set_attribute("/", "version", kVersion);
    file.set_attribute("/", "config", checkpoint.config_text);
    file.set_attribute("/", "config_hash", checkpoint.config_hash);
    file.set_attribute("/", "data_fingerprint", checkpoint.data_fingerprint);
    file.set_attribute("/", "git_revision", checkpoint.record.revision);
    file.set_attribute("/", "tensors_xxh64", hash_tensors(checkpoint));
    for (const TensorGroup& group : kTensorGroups) {
      file.make_group(group.group);
      for (const auto& [name, values] : checkpoint.*group.tensors) {
        check_path(name);
        file.write(std::string(group.group) + "/" + name, values);
      }
    }
    if (!checkpoint.vocabulary.empty()) file.write("/vocabulary", checkpoint.vocabulary);
    write_numbers(file, "/progress/counters", checkpoint.counters);
    write_numbers(file, "/progress/scalars", checkpoint.scalars);
    write_record(file, "/record", checkpoint.record);
    file.close();
    seal(aside, kCheckpointKind);
  });
}

Checkpoint load(const std::string& path) {
  check_seal(path, kCheckpointKind);
  const Hdf5File file = Hdf5File::open(path);
  Checkpoint checkpoint;
  checkpoint.config_text = file.attribute<std::string>("/", "config");
  checkpoint.config_hash = file.attribute<std::string>("/", "config_hash");
  if (file.has_attribute("/", "data_fingerprint"))
    checkpoint.data_fingerprint = file.attribute<std::string>("/", "data_fingerprint");
  for (const TensorGroup& group : kTensorGroups) {
    // Old files do not have all of them.
    if (file.exists(group.group)) read_tensors(file, group.group, "", checkpoint.*group.tensors);
  }
  if (file.exists("/vocabulary")) checkpoint.vocabulary = file.read_vector<std::string>("/vocabulary");
  checkpoint.counters = read_numbers<std::uint64_t>(file, "/progress/counters");
  checkpoint.scalars = read_numbers<double>(file, "/progress/scalars");
  checkpoint.record = read_record(file, "/record");

  const auto promised = file.attribute<std::string>("/", "tensors_xxh64");
  const std::string found = hash_tensors(checkpoint);
  check(found == promised, path, ": found tensors with xxh64 ", found, ", expected ", promised);
  return checkpoint;
}

void check_vocabulary(const Checkpoint& checkpoint, const std::vector<std::string>& words,
                      const std::string& source) {
  check(checkpoint.vocabulary == words, source, ": was trained on ", checkpoint.vocabulary.size(),
        " words that are not the ", words.size(),
        " words of the data that its config names; expected the same text");
}

std::map<std::string, Tensor> capture(Network& network) {
  Tensors values;
  network.parameters(
      [&](const std::string& path, ParameterKind, Var& value) { values[path] = value.value().clone(); });
  return values;
}

namespace {

// A network that computes with such numbers gives answers, but no sense.
void check_values(const std::string& path, const Tensor& values, const std::string& source) {
  const bool variance = path.ends_with("/running_var");
  for (const Real value : values) {
    check(std::isfinite(value) && (!variance || value >= 0), source, ": found ", value, " in tensor '", path,
          "', expected ", variance ? "variances, which are not negative" : "finite numbers");
  }
}

}  // namespace

void restore(Network& network, const std::map<std::string, Tensor>& values, const std::string& source) {
  Mismatches mismatches;
  Tensors surplus = values;
  network.parameters([&](const std::string& path, ParameterKind, Var& value) {
    const auto found = values.find(path);
    surplus.erase(path);
    if (found == values.end()) {
      mismatches.add(str("'", path, "' ", value.shape(), " is missing"));
    } else if (found->second.shape() != value.shape()) {
      mismatches.add(str("'", path, "' has shape ", found->second.shape(), ", expected ", value.shape()));
    }
  });
  for (const auto& [path, tensor] : surplus) {
    mismatches.add(str("'", path, "' ", tensor.shape(), " is not in the network"));
  }
  mismatches.check_none(source);
  for (const auto& [path, tensor] : values) check_values(path, tensor, source);
  network.parameters([&](const std::string& path, ParameterKind, Var& value) {
    value.mutable_value() = values.at(path).clone();
  });
}

void Mismatches::check_none(const std::string& source) const {
  if (whats_.empty()) return;
  std::string text;
  const std::size_t shown = std::min<std::size_t>(whats_.size(), 3);
  for (std::size_t i = 0; i < shown; ++i) text += (i ? ", " : "") + whats_[i];
  fail(source, ": ", whats_.size(), whats_.size() == 1 ? " tensor does" : " tensors do",
       " not fit the network: ", text, whats_.size() > shown ? ", ..." : "");
}

}  // namespace nibble
