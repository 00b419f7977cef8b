#include "experiments/training/import_weights.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>

#include "core/check.h"
#include "experiments/training/checkpoint.h"
#include "interchange/safetensors.h"
#include "layers/models/models.h"
#include "layers/network/quantize.h"
#include "tests/support/damage.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace nibble::import_weights_test {
namespace {

Network conv_network() {
  Network network{Rng(1)};
  NodeRef x = network.add_input("image", {4, 4, 3});
  x = network.add("layer1/conv1", Conv2dOptions{.out_channels = 2, .kernel = {3, 5}, .padding = {1, 2}}, {x});
  x = network.add("layer1/bn1", BatchNormOptions{}, {x});
  x = network.add("pool", GlobalPoolOptions{}, {x});
  network.add("fc", LinearOptions{.out_features = 3}, {x});
  return network;
}

Tensor counting(const Shape& shape) {
  Tensor values(shape);
  for (long i = 0; i < values.size(); ++i) values[i] = static_cast<Real>(i);
  return values;
}

// What PyTorch would save for conv_network.
Safetensors pytorch_file() {
  Safetensors file;
  file.tensors = {{"layer1.conv1.weight", counting({2, 3, 3, 5})},
                  {"layer1.bn1.weight", counting({2})},
                  {"layer1.bn1.bias", counting({2})},
                  {"layer1.bn1.running_mean", counting({2})},
                  {"layer1.bn1.running_var", counting({2})},
                  {"layer1.bn1.num_batches_tracked", Tensor({1})},
                  {"fc.weight", counting({3, 2})},
                  {"fc.bias", counting({3})}};
  return file;
}

std::string import_error(const std::string& path, const Safetensors& file) {
  write_safetensors(path, file);
  Network network = conv_network();
  const auto before = capture(network);
  const std::string message = error_of([&] { import_weights(network, path); });
  const auto after = capture(network);
  if (!message.empty()) {
    for (const auto& [name, values] : before)
      CHECK(std::equal(values.begin(), values.end(), after.at(name).begin()));
  }
  return message;
}

}  // namespace

TEST_CASE("import_turns_convolutions_channels_last_and_keeps_the_rest") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  write_safetensors(path, pytorch_file());
  Network network = conv_network();
  import_weights(network, path);
  const auto values = capture(network);
  const Tensor& weight = values.at("layer1/conv1/weight");
  REQUIRE(weight.shape() == Shape{2, 3, 5, 3});
  for (long o = 0; o < 2; ++o) {
    for (long i = 0; i < 3; ++i) {
      for (long y = 0; y < 3; ++y) {
        for (long x = 0; x < 5; ++x) {
          CHECK(weight[((o * 3 + y) * 5 + x) * 3 + i] == static_cast<Real>(((o * 3 + i) * 3 + y) * 5 + x));
        }
      }
    }
  }
  CHECK(values.at("fc/weight")[5] == 5);
  CHECK(values.at("layer1/bn1/running_var")[1] == 1);
}

TEST_CASE("import_reorders_the_inputs_of_a_linear_layer_behind_a_flattened_image") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  Safetensors file;
  file.tensors = {{"fc.weight", counting({1, 12})}, {"fc.bias", counting({1})}};
  write_safetensors(path, file);
  Network network{Rng(1)};
  NodeRef x = network.add_input("image", {2, 2, 3});
  x = network.add("flatten", FlattenOptions{}, {x});
  x = network.add("dropout", DropoutOptions{}, {x});
  network.add("fc", LinearOptions{.out_features = 1}, {x});
  import_weights(network, path);
  const auto values = capture(network);
  const Tensor& weight = values.at("fc/weight");
  REQUIRE(weight.shape() == Shape{1, 12});
  for (long c = 0; c < 3; ++c) {
    for (long p = 0; p < 4; ++p) CHECK(weight[p * 3 + c] == static_cast<Real>(c * 4 + p));
  }
}

TEST_CASE("import_drops_the_prefix_of_data_parallel") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  Safetensors file;
  for (const auto& [name, values] : pytorch_file().tensors) file.tensors["module." + name] = values;
  CHECK(import_error(path, file).empty());
  file.tensors["fc.bias"] = counting({3});
  CHECK(import_error(path, file) ==
        path + ": found 'fc.bias' with and without a prefix such as 'module.', expected one of them");
}

TEST_CASE("import_names_missing_surplus_and_misshapen_tensors_in_the_convention_of_the_file") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  Safetensors file = pytorch_file();
  file.tensors["layer1.conv1.weight"] = counting({2, 3, 5, 3});
  CHECK(import_error(path, file) == path +
                                        ": 1 tensor does not fit the network: 'layer1.conv1.weight' has "
                                        "shape [2, 3, 5, 3], expected [2, 3, 3, 5]");
  file = pytorch_file();
  file.tensors.erase("fc.bias");
  file.tensors.erase("layer1.conv1.weight");
  file.tensors["head.weight"] = counting({3, 2});
  file.tensors["head.bias"] = counting({3});
  CHECK(import_error(path, file) == path +
                                        ": 4 tensors do not fit the network: 'layer1.conv1.weight' [2, 3, 3, "
                                        "5] is missing, 'fc.bias' [3] is "
                                        "missing, 'head.bias' [3] is not in the network, ...");
}

TEST_CASE("import_refuses_a_network_with_quantizers") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  write_safetensors(path, pytorch_file());
  Network network = conv_network();
  network.insert_after(NodeRef{1}, "layer1/conv1/quant", QuantizerOptions{});
  CHECK_THAT(error_of([&] { import_weights(network, path); }),
             Catch::StartsWith(
                 path + ": cannot be loaded into a network that has quantizers ('layer1/conv1/quant/"));
}

TEST_CASE("start_from_decides_by_content") {
  const TemporaryDirectory directory;
  Network source = conv_network();
  source.parameters([](const std::string&, ParameterKind, Var& value) { value.mutable_value().fill(3); });
  Checkpoint checkpoint;
  checkpoint.parameters = capture(source);

  const auto first_weight = [](const std::string& path) {
    Network network = conv_network();
    start_from(network, path);
    return capture(network).at("fc/weight")[1];
  };
  SECTION("a safetensors file") {
    write_safetensors(directory / "weights.h5", pytorch_file());
    CHECK(first_weight(directory / "weights.h5") == 1);
  }
  SECTION("a checkpoint, or the directory of a run") {
    std::filesystem::create_directory(directory / "checkpoint");
    save(directory / "checkpoint/last.h5", checkpoint);
    CHECK(first_weight(directory / "checkpoint/last.h5") == 3);
    CHECK(first_weight(directory.path()) == 3);
  }
  SECTION("the averaged weights of a checkpoint that has them") {
    checkpoint.average["fc/weight"] = Tensor({3, 2}, {5, 5, 5, 5, 5, 5});
    save(directory / "last.h5", checkpoint);
    CHECK(first_weight(directory / "last.h5") == 5);
  }
  SECTION("nothing else") {
    const std::string path = directory / "weights.pth";
    write_file(path, "weights");
    CHECK_THROWS_WITH(
        first_weight(path),
        path +
            ": found a text that begins with 'weights', expected weights: a file of PyTorch, safetensors or "
            "darknet, a checkpoint, or the directory of a run");
    CHECK_THROWS_WITH(
        first_weight(directory.path()),
        directory.path().string() + "/checkpoint/last.h5: found no file, expected a nibble checkpoint 1");
  }
}

TEST_CASE("start_from_leaves_layers_that_are_excepted_at_their_first_weights") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  Safetensors file = pytorch_file();
  file.tensors["fc.weight"] = counting({10, 2});  // other classes
  file.tensors["fc.bias"] = counting({10});
  write_safetensors(path, file);
  Network network = conv_network();
  const Tensor before = capture(network).at("fc/weight");
  CHECK(start_from(network, path, {.except = "fc"}).notes ==
        std::vector<std::string>{"at their first weights: fc/bias, fc/weight",
                                 "passed over in " + path + ": fc.bias, fc.weight"});
  const auto after = capture(network);
  CHECK(std::equal(before.begin(), before.end(), after.at("fc/weight").begin()));
  CHECK(after.at("layer1/bn1/running_var")[1] == 1);
  CHECK_THROWS_WITH(start_from(network, path, {.except = "head"}),
                    "model.start_from_except: found 'head', which matches no layer with weights, expected a "
                    "layer's name such as 'fc' or 'layer4/*'");
}

TEST_CASE("start_from_takes_the_weights_of_a_quantized_network") {
  const TemporaryDirectory directory;
  for (const QuantMethod method :
       {QuantMethod::learned_scale_shift, QuantMethod::pact, QuantMethod::dorefa}) {
    Network source = conv_network();
    QuantPolicy policy;
    policy.method = method;
    quantize(source, policy);
    initialize_quantizers(source, counting({2, 4, 4, 3}));
    Checkpoint checkpoint;
    checkpoint.parameters = capture(source);
    save(directory / "last.h5", checkpoint);
    Network network = conv_network();
    const std::string path = directory / "last.h5";
    const Start start = start_from(network, path);
    CHECK(start.notes.empty());
    REQUIRE(start.quantized);
    CHECK(start.file == path);
    CHECK(start.quantized->parameters.size() == checkpoint.parameters.size());
    for (const auto& [name, values] : capture(network)) {
      const Tensor& theirs = checkpoint.parameters.at(name);
      CHECK(std::equal(values.begin(), values.end(), theirs.begin()));
    }
  }
}

TEST_CASE("the_published_resnet20_loads_completely") {
  const auto path = shared_data("nets/cifar_resnet20.safetensors");
  if (!path) return;
  Network network = build_model({.kind = "resnet20", .activation = {}}, {32, 32, 3}, 10, Rng(1));
  import_weights(network, *path);
  const Safetensors file = read_safetensors(*path);
  const auto values = capture(network);
  CHECK(values.size() == file.tensors.size());
  // Sums do not depend on the order of axes (in double they are exact enough to tell any two tensors apart).
  const auto sum = [](const Tensor& tensor) {
    double total = 0;
    for (const Real v : tensor) total += static_cast<double>(v) * 1e3;
    return total;
  };
  for (const auto& [name, tensor] : values) {
    std::string theirs = name;
    std::replace(theirs.begin(), theirs.end(), '/', '.');
    CAPTURE(name);
    CHECK(sum(tensor) == Approx(sum(file.tensors.at(theirs))).epsilon(1e-9));
  }
}

}  // namespace nibble::import_weights_test
