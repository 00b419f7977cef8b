#include "core/files/hdf5_file.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "core/check.h"
#include "tests/support/damage.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/temporary_directory.h"

namespace nibble::hdf5_file_test {
namespace {

template <typename T>
void check_round_trip(const std::string& path, const std::vector<T>& values) {
  Array<T> array({2, static_cast<long>(values.size()) / 2});
  std::copy(values.begin(), values.end(), array.begin());
  Hdf5File file = Hdf5File::create(path);
  file.write("/group/list", values);
  file.write("group/array", array);
  file.close();

  const Hdf5File again = Hdf5File::open(path);
  CHECK(again.read_vector<T>("/group/list") == values);
  const auto read = again.read_array<T>("/group/array");
  CHECK(read.shape() == array.shape());
  CHECK(std::memcmp(read.data(), array.data(), values.size() * sizeof(T)) == 0);
}

// A file with some of everything.
void write_sample(const std::string& path) {
  Array<float> large({300, 100});
  for (long i = 0; i < large.size(); ++i) large[i] = static_cast<float>(i % 17);
  Hdf5File file = Hdf5File::create(path);
  file.write("/steps/step", std::vector<long>{1, 2, 3});
  file.write("/steps/loss", std::vector<double>{3, 2, 1});
  file.make_dimension_scale("/steps/step", "step");
  file.attach_dimension_scale("/steps/loss", 0, "/steps/step");
  file.set_attribute("/steps/loss", "units", "nat");
  file.write("/large", large, Hdf5Storage::compressed);
  file.write("/names", std::vector<std::string>{"one", "two"});
  file.close();
}

}  // namespace

TEST_CASE("hdf5_numbers_survive_bit_for_bit") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  const float nan = std::numeric_limits<float>::quiet_NaN();
  {
    Hdf5File file = Hdf5File::create(path);
    file.write("special", std::vector<float>{nan, -0.0F, 1e-45F, std::numeric_limits<float>::infinity()});
    file.close();
    const auto read = Hdf5File::open(path).read_vector<float>("special");
    CHECK(std::isnan(read[0]));
    CHECK(std::signbit(read[1]));
    CHECK(read[2] == 1e-45F);
    CHECK(std::isinf(read[3]));
  }
  check_round_trip<float>(path, {0.1F, -2.5F, 3e38F, 1e-45F});
  check_round_trip<double>(path, {0.1, -2.5, 1e308, 5e-324});
  check_round_trip<int>(path, {0, -1, 2147483647, -2147483647 - 1});
  check_round_trip<long>(path, {0, -1, std::numeric_limits<long>::max(), std::numeric_limits<long>::min()});
  check_round_trip<unsigned char>(path, {0, 1, 128, 255});
  check_round_trip<std::uint64_t>(path, {0, 1, 42, std::numeric_limits<std::uint64_t>::max()});
}

TEST_CASE("hdf5_keeps_scalars_empty_lists_and_texts") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  const std::vector<std::string> texts = {"", "plain", "Grüße, 𝛽 = ½", "two\nlines"};
  Hdf5File file = Hdf5File::create(path);
  file.write("scalar", Array<float>(Shape{}, {2.5F}));
  file.write("nothing", std::vector<double>{});
  file.write("no_rows", Array<float>({0, 3}));
  file.write("texts", texts);
  file.write("no_texts", std::vector<std::string>{});
  file.close();

  const Hdf5File again = Hdf5File::open(path);
  CHECK(again.read_array<float>("scalar").shape() == Shape{});
  CHECK(again.read_array<float>("scalar")[0] == 2.5F);
  CHECK(again.read_vector<double>("nothing").empty());
  CHECK(again.read_array<float>("no_rows").shape() == Shape{0, 3});
  CHECK(again.read_vector<std::string>("texts") == texts);
  CHECK(again.read_vector<std::string>("no_texts").empty());
}

TEST_CASE("hdf5_attributes_keep_their_types") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5", long_text(100'000, 'x');
  Hdf5File file = Hdf5File::create(path);
  file.write("data", std::vector<int>{1});
  file.set_attribute("/", "whole", -7);
  file.set_attribute("/", "large", std::numeric_limits<std::uint64_t>::max());
  file.set_attribute("/", "real", 0.1);
  file.set_attribute("/", "config", long_text);
  file.set_attribute("data", "units", "percent");
  file.set_attribute("data", "train.learning/rate", 3L);
  file.close();

  const Hdf5File again = Hdf5File::open(path);
  CHECK(again.attribute<int>("/", "whole") == -7);
  CHECK(again.attribute<long>("/", "whole") == -7);
  CHECK(again.attribute<std::uint64_t>("/", "large") == std::numeric_limits<std::uint64_t>::max());
  CHECK(again.attribute<double>("/", "real") == 0.1);
  CHECK(again.attribute<std::string>("/", "config") == long_text);
  CHECK(again.attribute<std::string>("/data", "units") == "percent");
  CHECK(again.attributes("/") == std::vector<std::string>{"config", "large", "real", "whole"});
  CHECK(again.attributes("data") == std::vector<std::string>{"train.learning/rate", "units"});
  CHECK(again.has_attribute("data", "units"));
  CHECK_FALSE(again.has_attribute("data", "unit"));
}

TEST_CASE("hdf5_lists_what_is_inside") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  Hdf5File file = Hdf5File::create(path);
  for (const char* name : {"b/one", "b/two", "a", "c/deep/down"}) file.write(name, std::vector<int>{1});
  file.make_group("/empty");
  file.make_group("/empty");
  file.close();
  const Hdf5File again = Hdf5File::open(path);
  CHECK(again.children("/") == std::vector<std::string>{"a", "b", "c", "empty"});
  CHECK(again.children("b") == std::vector<std::string>{"one", "two"});
  CHECK(again.children("empty").empty());
  CHECK(again.is_group("c/deep"));
  CHECK_FALSE(again.is_group("/a"));
  CHECK(again.exists("/c/deep/down"));
  CHECK_FALSE(again.exists("/c/shallow/down"));
  CHECK(again.exists("/"));
}

TEST_CASE("hdf5_compresses_large_arrays_only_and_reads_them_back") {
  const TemporaryDirectory directory;
  Array<int> codes({700, 1000});
  for (long i = 0; i < codes.size(); ++i) codes[i] = static_cast<int>(i * i % 16);
  std::uintmax_t bytes[2] = {};
  for (const auto storage : {Hdf5Storage::plain, Hdf5Storage::compressed}) {
    const std::string path = directory / "codes.h5";
    Hdf5File file = Hdf5File::create(path);
    file.write("codes", codes, storage);
    file.write("few", std::vector<int>{1, 2, 3}, storage);
    file.close();
    const auto read = Hdf5File::open(path).read_array<int>("codes");
    CHECK(std::equal(read.begin(), read.end(), codes.begin(), codes.end()));
    CHECK(Hdf5File::open(path).read_vector<int>("few") == std::vector<int>{1, 2, 3});
    bytes[storage == Hdf5Storage::compressed] = std::filesystem::file_size(path);
  }
  CHECK(bytes[1] < bytes[0] / 8);
}

TEST_CASE("hdf5_same_content_gives_the_same_bytes") {
  const TemporaryDirectory directory;
  write_sample(directory / "a.h5");
  write_sample(directory / "b.h5");
  CHECK(read_file(directory / "a.h5") == read_file(directory / "b.h5"));
}

TEST_CASE("hdf5_refuses_conversions_that_lose_something") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  Hdf5File file = Hdf5File::create(path);
  file.write("long", std::vector<long>{1L << 40});
  file.write("double", std::vector<double>{0.1});
  file.write("float", std::vector<float>{0.5F});
  file.write("bytes", std::vector<unsigned char>{255});
  file.write("text", std::vector<std::string>{"1"});
  file.set_attribute("/", "text", "1");
  file.close();
  const Hdf5File again = Hdf5File::open(path);
  CHECK(again.read_vector<double>("float") == std::vector<double>{0.5});
  CHECK(again.read_vector<long>("bytes") == std::vector<long>{255});
  CHECK_THROWS_WITH(again.read_vector<int>("long"),
                    path + ": 'long' holds another type of values than the 32-bit integer numbers expected");
  CHECK_THROWS_AS(again.read_vector<std::uint64_t>("long"), Error);
  CHECK_THROWS_AS(again.read_vector<float>("double"), Error);
  CHECK_THROWS_AS(again.read_vector<long>("double"), Error);
  CHECK_THROWS_AS(again.read_vector<double>("long"), Error);
  CHECK_THROWS_AS(again.read_array<float>("text"), Error);
  CHECK_THROWS_AS(again.read_vector<std::string>("float"), Error);
  CHECK_THROWS_AS(again.attribute<int>("/", "text"), Error);
}

TEST_CASE("hdf5_errors_name_file_object_and_reason") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  Hdf5File file = Hdf5File::create(path);
  file.write("data", Array<float>({2, 2}));
  const auto message = [&](const auto& call) { return error_of([&] { call(); }); };
  using Catch::Contains, Catch::StartsWith;
  CHECK_THAT(message([&] { file.write("data", std::vector<int>{1}); }),
             StartsWith(path + ": cannot create 'data' (HDF5: "));
  CHECK_THAT(message([&] { file.write("data/below", std::vector<int>{1}); }),
             StartsWith(path) && Contains("'data"));
  CHECK_THAT(message([&] { file.read_vector<int>("nothing"); }),
             StartsWith(path + ": cannot open the dataset 'nothing' (HDF5: ") && Contains("nothing"));
  CHECK_THAT(message([&] { file.attribute<int>("data", "none"); }),
             StartsWith(path + ": cannot open the attribute 'data@none' (HDF5: "));
  CHECK(message([&] { file.read_vector<float>("data"); }) ==
        path + ": 'data' has shape [2, 2], expected one axis");
  CHECK_THAT(message([&] { file.set_attribute("/", "text", std::string("a\0b", 3)); }),
             Contains("zero byte"));
  file.set_attribute("/", "once", 1);
  CHECK_THAT(message([&] { file.set_attribute("/", "once", 2); }),
             StartsWith(path + ": cannot create '/@once'"));
  CHECK_THAT(message([&] { Hdf5File::create(directory / "no/such.h5").close(); }),
             Contains("cannot be created: No such file or directory"));
}

TEST_CASE("hdf5_open_says_what_it_found_instead") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  const auto message = [&] { return error_of([&] { Hdf5File::open(path); }); };
  CHECK(message() == path + ": found no file, expected an HDF5 file");
  write_file(path, "");
  CHECK(message() == path + ": found an empty file, expected an HDF5 file");
  write_file(path, "epoch 1\nloss 2\n");
  CHECK(message() == path + ": found a text that begins with 'epoch 1', expected an HDF5 file");
  CHECK_THAT(error_of([&] { Hdf5File::open(directory.path()); }),
             Catch::EndsWith("found a directory, expected an HDF5 file"));
}

TEST_CASE("hdf5_truncated_anywhere_is_refused_by_name") {
  const TemporaryDirectory directory;
  const std::string whole = directory / "whole.h5", path = directory / "part.h5";
  write_sample(whole);
  const std::string bytes = read_file(whole);
  for (const std::size_t length : truncations(bytes.size(), 150)) {
    write_file(path, bytes.substr(0, length));
    CAPTURE(length);
    CHECK_THAT(error_of([&] { Hdf5File::open(path); }), Catch::StartsWith(path + ": found "));
  }
  CHECK_THAT(error_of([&] { Hdf5File::open(path); }), Catch::Contains("truncated file"));
}

TEST_CASE("hdf5_reports_a_full_disk") {
  const TemporaryDirectory directory;
  const std::string path = directory / "file.h5";
  const FileSizeLimit full(100'000);
  Hdf5File file = Hdf5File::create(path);
  for (int i = 0; i < 20; ++i) file.write("data" + std::to_string(i), Array<float>({100, 100}));
  CHECK(error_of([&] { file.close(); }) == path + ": cannot be written: File too large");
}

TEST_CASE("hdf5_leaves_no_file_that_was_not_closed") {
  const TemporaryDirectory directory;
  Hdf5File::create(directory / "file.h5").write("data", std::vector<int>{1});
  CHECK_FALSE(std::filesystem::exists(directory / "file.h5"));
}

}  // namespace nibble::hdf5_file_test
