#include "datasets/pictures/pack.h"

#include <catch2/catch.hpp>

#include "core/files/hdf5_file.h"
#include "datasets/datasets.h"
#include "datasets/pictures/packed.h"
#include "tests/datasets/pictures/picture_folder.h"
#include "tests/support/compare.h"

namespace nibble::pack_test {
namespace {

namespace fs = std::filesystem;

struct Folder : PictureFolder {
  Folder() { write_pictures(root() / "val", {"cat", "dog"}, 1); }
  std::string packed() const { return (directory.path() / "mine.h5").string(); }
};

bool go_on(long, long) { return true; }

Packed pack_all(const Folder& folder, const PackOptions& options = {}) {
  return pack(list_pictures(options_for(folder.root())), folder.packed(), options, go_on);
}

void check_same(const Split& found, const Split& expected) {
  REQUIRE(found.size() == expected.size());
  for (long i = 0; i < found.size(); ++i) {
    check_equal(str("picture ", i), found.make(i), expected.make(i));
    CHECK(found.target(i) == expected.target(i));
  }
}

}  // namespace

TEST_CASE("packed_pictures_are_those_of_the_folder") {
  const Folder folder;
  const Packed packed = pack_all(folder);
  CHECK(packed.finished);
  CHECK(packed.pictures == 18);
  CHECK_FALSE(fs::exists(folder.packed() + ".part"));
  CHECK_FALSE(fs::exists(folder.packed() + ".index"));
  const ImageSet found = open_images(options_for(folder.packed())),
                 expected = open_images(options_for(folder.root()));
  CHECK(found.class_names == expected.class_names);
  check_same(found.train, expected.train);
  check_same(found.validation, expected.validation);
  check_same(found.test, expected.test);
  CHECK(outline_dataset(options_for(folder.packed())).classes == 2);
  // As h5py reads them.
  const Hdf5File file = Hdf5File::open(folder.packed());
  const auto begin = file.read_vector<long>("train/begin");
  const auto bytes = file.read_vector<unsigned char>("train/bytes");
  const auto names = file.read_vector<std::string>("train/name");
  const std::string picture(bytes.begin() + begin[3], bytes.begin() + begin[4]);
  CHECK(picture == read_file(folder.root() / names[3]));
  CHECK_THROWS_WITH(pack_all(folder), Catch::Contains("mine.h5: exists, expected a new file"));
}

TEST_CASE("the_fingerprint_of_packed_pictures_covers_their_bytes") {
  const Folder folder;
  pack_all(folder);
  const std::string before = open_images(options_for(folder.packed())).fingerprint;
  fs::remove(folder.packed());
  pack_all(folder);
  CHECK(open_images(options_for(folder.packed())).fingerprint == before);
  fs::remove(folder.packed());
  auto other = plain_picture(0, 1);
  other[0] = 7;
  write_file(folder.root() / "train/cat/1.png", encode_png(other));
  pack_all(folder);
  CHECK(open_images(options_for(folder.packed())).fingerprint != before);
}

TEST_CASE("packing_goes_on_where_it_was_stopped") {
  const Folder folder;
  write_pictures(folder.root() / "train", {"cat"}, 400);
  pack_all(folder);
  const std::string expected = read_file(folder.packed());
  fs::remove(folder.packed());

  const PictureListing listing = list_pictures(options_for(folder.root()));
  const Packed stopped = pack(listing, folder.packed(), {}, [](long done, long) { return done == 0; });
  CHECK_FALSE(stopped.finished);
  CHECK(stopped.pictures == 256);
  CHECK_FALSE(fs::exists(folder.packed()));
  // Killed in the middle of a line, with bytes that no line speaks of.
  write_file(folder.packed() + ".index", read_file(folder.packed() + ".index") + "12");
  write_file(folder.packed() + ".part", read_file(folder.packed() + ".part") + "more");
  std::vector<long> seen;
  CHECK(pack(listing, folder.packed(), {}, [&](long done, long) {
          return seen.push_back(done), true;
        }).finished);
  CHECK(seen.front() == 256);
  CHECK(read_file(folder.packed()) == expected);
}

TEST_CASE("a_journal_of_other_options_or_bytes_is_begun_anew") {
  const Folder folder;
  write_pictures(folder.root() / "train", {"cat"}, 300);
  const PictureListing listing = list_pictures(options_for(folder.root()));
  pack(listing, folder.packed(), {}, [](long done, long) { return done == 0; });
  std::vector<long> seen;
  const auto note = [&](long done, long) { return seen.push_back(done), false; };
  pack(listing, folder.packed(), {.side = 8}, note);
  CHECK(seen == std::vector<long>{0});
  pack(listing, folder.packed(), {.side = 8}, [](long done, long) { return done == 0; });
  write_file(folder.packed() + ".part", "");  // fewer bytes than the index speaks of
  seen.clear();
  pack(listing, folder.packed(), {.side = 8}, note);
  CHECK(seen == std::vector<long>{0});
}

TEST_CASE("pictures_are_scaled_once") {
  const Folder folder;
  write_file(folder.root() / "train/cat/large.jpg", encode_jpeg(Array<std::uint8_t>({100, 150, 3}), 90));
  pack_all(folder, {.side = 22});
  const ImageSet images = open_images(options_for(folder.packed()));
  bool seen = false;
  for (long i = 0; i < images.train.size(); ++i) {
    const Shape shape = images.train.make(i).shape();
    CHECK(std::min(shape[0], shape[1]) <= 22);
    seen = seen || shape == Shape{22, 33, 3};
  }
  CHECK(seen);
}

TEST_CASE("packing_decodes_every_picture_and_so_finds_damage_in_the_middle") {
  const Folder folder;
  std::string png = read_file(folder.root() / "train/dog/1.png");
  png[png.size() / 2] = static_cast<char>(png[png.size() / 2] ^ 0x55);
  write_file(folder.root() / "train/dog/1.png", png);
  CHECK_NOTHROW(open_images(options_for(folder.root())));
  CHECK_THROWS_WITH(pack_all(folder), Catch::Contains("train/dog/1.png: found a damaged PNG picture"));
  const Packed packed = pack_all(folder, {.damaged = DamagedPictures::skip});
  CHECK(packed.left_out == 1);
  CHECK(packed.pictures == 17);
}

TEST_CASE("a_packed_file_that_contradicts_itself_is_refused") {
  const Folder folder;
  const std::string path = (folder.directory / "bad.h5").string();
  struct Content {
    std::vector<long> begin{0, 5, 9};
    std::vector<int> label{0, 1};
    std::string kind = "nibble pictures 1";
  };
  const auto opening = [&](const Content& content) {
    Hdf5File file = Hdf5File::create(path);
    file.set_attribute("/", "kind", content.kind);
    file.set_attribute("/", "fingerprint", "x");
    file.write("class_names", std::vector<std::string>{"cat", "dog"});
    for (const char* split : {"train", "test"}) {
      file.write(std::string(split) + "/begin", content.begin);
      file.write(std::string(split) + "/label", content.label);
      file.write(std::string(split) + "/bytes", std::vector<unsigned char>(9, 'x'));
    }
    file.close();
    open_packed(path, {});
  };
  CHECK_NOTHROW(opening({}));
  CHECK_THROWS_WITH(opening({.begin = {0, 5}}),
                    Catch::Contains("found 2 labels and 2 numbers in 'train/begin'"));
  CHECK_THROWS_WITH(opening({.begin = {0, 5, 5}}), Catch::Contains("not growing at 1"));
  CHECK_THROWS_WITH(opening({.begin = {0, 5, 10}}),
                    Catch::Contains("'train/bytes' with 9 elements, expected 10 bytes"));
  CHECK_THROWS_WITH(opening({.label = {0, 2}}),
                    Catch::Contains("found label 2 in 'train/label', expected 0 to 1"));
  CHECK_THROWS_WITH(opening({.kind = "other"}), Catch::Contains("found an HDF5 file of another kind"));
  opening({});
  CHECK_THROWS_WITH(open_packed(path, {}).train.make(1),
                    Catch::Contains("bad.h5, picture 1 of train: found a text, expected a JPEG or PNG"));
}

}  // namespace nibble::pack_test
