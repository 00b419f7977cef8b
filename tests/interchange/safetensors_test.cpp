#include "interchange/safetensors.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/check.h"
#include "tests/support/damage.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_directory.h"

namespace nibble::safetensors_test {
namespace {

std::string file_of(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

template <typename T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

std::vector<float> values_of(const Tensor& tensor) { return {tensor.begin(), tensor.end()}; }

}  // namespace

TEST_CASE("safetensors_round_trip_keeps_names_shapes_values_and_metadata") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  Safetensors content;
  content.tensors["fc.weight"] = Tensor({2, 3}, {1, 2, 3, 4, 5, 1e-45F});
  content.tensors["fc.bias"] = Tensor({2}, {-0.0F, 0.1F});
  content.tensors["scalar"] = Tensor(Shape{}, {7});
  content.tensors["empty"] = Tensor({0, 4});
  content.metadata = {{"arch", "a \"quoted\" name"}};
  write_safetensors(path, content);

  const Safetensors read = read_safetensors(path);
  CHECK(read.metadata == content.metadata);
  REQUIRE(read.tensors.size() == content.tensors.size());
  for (const auto& [name, values] : content.tensors) {
    CAPTURE(name);
    const Tensor& found = read.tensors.at(name);
    CHECK(found.shape() == values.shape());
    CHECK(std::memcmp(found.data(), values.data(), static_cast<std::size_t>(values.size()) * sizeof(Real)) ==
          0);
  }
}

TEST_CASE("safetensors_converts_every_dtype_it_knows") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  const std::string header = R"({"d":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},)"
                             R"("h":{"dtype":"F16","shape":[8],"data_offsets":[16,32]},)"
                             R"("b":{"dtype":"BF16","shape":[3],"data_offsets":[32,38]},)"
                             R"("i":{"dtype":"I64","shape":[],"data_offsets":[38,46]}})";
  const std::string data =
      bytes_of<double>({0.5, -3}) +
      bytes_of<std::uint16_t>({0x3C00, 0xC000, 0x0001, 0x7BFF, 0x3555, 0x7C00, 0x7E00, 0x0400}) +
      bytes_of<std::uint16_t>({0x3F80, 0xC040, 0x7F80}) + bytes_of<std::int64_t>({391});
  write_file(path, file_of(header, data));
  const auto read = read_safetensors(path).tensors;
  CHECK(values_of(read.at("d")) == std::vector<float>{0.5F, -3});
  const auto half = values_of(read.at("h"));
  CHECK(half[0] == 1);
  CHECK(half[1] == -2);
  CHECK(half[2] == std::ldexp(1.0F, -24));  // smallest subnormal
  CHECK(half[3] == 65504);                  // largest
  CHECK(half[4] == 0.333251953125F);
  CHECK(half[5] == INFINITY);
  CHECK(std::isnan(half[6]));
  CHECK(half[7] == std::ldexp(1.0F, -14));  // smallest normal
  CHECK(values_of(read.at("b")) == std::vector<float>{1, -3, INFINITY});
  CHECK(values_of(read.at("i")) == std::vector<float>{391});
}

TEST_CASE("safetensors_reads_the_tensors_where_the_offsets_say") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  write_file(path, file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                           R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   )",
                           bytes_of<float>({1, 2})));
  const auto read = read_safetensors(path).tensors;
  CHECK(read.at("a")[0] == 2);
  CHECK(read.at("b")[0] == 1);
}

TEST_CASE("safetensors_refuses_damaged_headers_with_the_reason") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  const std::string four = bytes_of<float>({1});
  struct Case {
    std::string header, data, reason;
  };
  const std::string a = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  const std::vector<Case> cases = {
      {"{", four, "damaged header"},
      {"{} {}", "", "damaged header"},
      {"{\"a\":1}", "", "tensor 'a' has no dtype"},
      {"{\"a\":[]}", "", "tensor 'a' has no dtype"},
      {R"({"a":{"dtype":"I4","shape":[1],"data_offsets":[0,4]}})", four, "dtype I4, expected F32"},
      {R"({"a":{"dtype":"F32","data_offsets":[0,4]}})", four, "no list 'shape'"},
      {R"({"a":{"dtype":"F32","shape":[1]}})", four, "no list 'data_offsets'"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", four,
       "-1 in 'shape', expected numbers from 0"},
      {R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", four, "1.0 in 'shape'"},
      {R"({"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}})", four, "\"1\" in 'shape'"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})", four,
       "1 data_offsets, expected begin and end"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", four, "3 data_offsets"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", four, "lies at bytes 4 to 0"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", four, "outside of the file's 4 bytes"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[18446744073709551612,18446744073709551615]}})",
       four, "outside of the file's 4 bytes"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551616]}})", four,
       "expected numbers from 0"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", four,
       "has 4 bytes, but its shape [2] in F32 takes 8"},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}})", four,
       "larger than any file"},
      {R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}})", four,
       "larger than any file"},
      {R"({"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}})", "",
       "larger than any file"},
      {R"({"a":{"dtype":"F32","shape":[)" + deep + R"(],"data_offsets":[0,4]}})", four, "a list in 'shape'"},
      {R"({"__metadata__":{"x":)" + deep + "}}", "", "metadata 'x' is a list"},
      {"{" + a + "," + a + "}", four, "'a' twice"},
      {R"({"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}})", four, "'dtype' twice"},
      {"{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", four, "inside its neighbour"},
      {"{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})", four + "56",
       "inside its neighbour"},
      {"{" + a + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})", four + four + four,
       "behind a gap"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", four + four, "behind a gap"},
      {"{" + a + "}", four + four, "4 bytes behind the last tensor"},
      {"{\"__metadata__\":7," + a + "}", four, "metadata that are not a JSON object"},
      {"{\"__metadata__\":{\"x\":7}," + a + "}", four, "metadata 'x' is 7"},
      {std::string("{\"") + '\xff' + "\":1}", "", "damaged header"},
      {"{\"a\":" + std::string(100'000, '['), "", "damaged header"},
  };
  for (const Case& c : cases) {
    write_file(path, file_of(c.header, c.data));
    CAPTURE(c.header.substr(0, 200));
    CHECK_THAT(error_of([&] { read_safetensors(path); }),
               Catch::StartsWith(path + ": ") && Catch::Contains(c.reason));
  }
}

TEST_CASE("safetensors_bounds_the_header_length") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  const auto with_length = [&](std::uint64_t length) {
    write_file(path, bytes_of<std::uint64_t>({length}) + "{}");
    return error_of([&] { read_safetensors(path); });
  };
  CHECK(with_length(2).empty());
  CHECK_THAT(with_length(3), Catch::Contains("a header of 3 bytes, which does not fit into the file's 10"));
  CHECK_THAT(with_length(100'000'001),
             Catch::Contains("a header of 100000001 bytes, expected at most 100000000"));
  CHECK_THAT(with_length(~std::uint64_t{0}), Catch::Contains("expected a safetensors file"));
  CHECK_THAT(with_length(~std::uint64_t{0} - 8), Catch::Contains("expected a safetensors file"));
  CHECK_THAT(with_length(0), Catch::Contains("damaged header"));
}

TEST_CASE("safetensors_truncated_anywhere_or_flipped_in_the_header_never_passes_for_the_same_file") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  Safetensors content;
  content.tensors["fc.weight"] = Tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  content.tensors["fc.bias"] = Tensor({2}, {1, 2});
  write_safetensors(path, content);
  const std::string bytes = read_file(path);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    write_file(path, bytes.substr(0, length));
    CAPTURE(length);
    CHECK_THAT(error_of([&] { read_safetensors(path); }), Catch::StartsWith(path + ": "));
  }
  const std::size_t header_end = bytes.size() - 8 * sizeof(float);
  for (std::size_t i = 0; i < header_end; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string broken = bytes;
      broken[i] = static_cast<char>(broken[i] ^ (1 << bit));
      write_file(path, broken);
      CAPTURE(i, bit);
      // A flip may turn one name or the padding into another; then the file is whole, with another name.
      try {
        const auto read = read_safetensors(path).tensors;
        CHECK(read.size() == 2);
      } catch (const Error& error) {
        CHECK_THAT(error.what(), Catch::StartsWith(path + ": "));
      }
    }
  }
}

TEST_CASE("safetensors_names_foreign_files") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.pt";
  write_file(path, "PK\x03\x04 stored");
  CHECK(error_of([&] { read_safetensors(path); }) ==
        path + ": found a zip archive, as torch.save writes, expected a safetensors file");
}

TEST_CASE("a_failed_write_leaves_the_old_safetensors_file") {
  const TemporaryDirectory directory;
  const std::string path = directory / "weights.safetensors";
  Safetensors content;
  content.tensors["a"] = Tensor({10}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  write_safetensors(path, content);
  const std::string before = read_file(path);
  content.tensors["a"] = Tensor({100, 100});
  {
    const FileSizeLimit full(20'000);
    CHECK_THAT(error_of([&] { write_safetensors(path, content); }), Catch::EndsWith("cannot be written"));
  }
  CHECK(read_file(path) == before);
}

}  // namespace nibble::safetensors_test
