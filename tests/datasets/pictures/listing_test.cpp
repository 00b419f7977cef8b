#include "datasets/pictures/listing.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/datasets/pictures/picture_folder.h"

namespace nibble::listing_test {
namespace {

std::set<std::string> names_of(const std::vector<ListedPicture>& pictures) {
  std::set<std::string> names;
  for (const ListedPicture& picture : pictures) names.insert(str(picture.file, " ", picture.label));
  return names;
}

void touch(const std::filesystem::path& path) {
  std::filesystem::create_directories(path.parent_path());
  write_file(path, "x");
}

ListingOptions at(const TemporaryDirectory& directory) { return {.path = directory.path().string()}; }

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("a_folder_with_train_val_and_test_has_three_splits") {
  const TemporaryDirectory directory;
  for (const char* file :
       {"train/cat/1.jpg", "train/dog/deep/2.png", "val/dog/3.jpg", "test/cat/4.jpg", "train/cat/.hidden"})
    touch(directory / file);
  const PictureListing listing = list_folder(at(directory));
  CHECK(listing.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(names_of(listing.train) == Names{"train/cat/1.jpg 0", "train/dog/deep/2.png 1"});
  CHECK(names_of(listing.validation) == Names{"val/dog/3.jpg 1"});
  CHECK(names_of(listing.test) == Names{"test/cat/4.jpg 0"});
  CHECK(list_folder_classes(at(directory)) == listing.class_names);

  ListingOptions share = at(directory);
  share.test_share = 0.5;
  CHECK_THROWS_WITH(list_folder(share), Catch::Contains("found dataset.test_share 0.5, expected 0"));
  touch(directory / "test/bird/5.jpg");
  CHECK_THROWS_WITH(list_folder(at(directory)),
                    Catch::Contains("test/bird: found folder 'bird', expected one of the 2 classes"));
}

TEST_CASE("without_a_test_folder_val_is_the_test") {
  const TemporaryDirectory directory;
  for (const char* file : {"train/a/1", "train/b/2", "val/a/3"}) touch(directory / file);
  const PictureListing listing = list_folder(at(directory));
  CHECK(listing.validation.empty());
  CHECK(names_of(listing.test) == Names{"val/a/3 0"});
}

TEST_CASE("one_tree_is_divided_by_the_seed") {
  const TemporaryDirectory directory;
  for (int i = 0; i < 20; ++i) touch(directory / str(i < 10 ? "a/" : "b/", i, ".jpg"));
  ListingOptions options = at(directory);
  CHECK_THROWS_WITH(
      list_folder(options),
      Catch::Contains("found no test split and dataset.test_share 0, which is 0 of 20 pictures"));
  options.test_share = 0.25;
  const PictureListing listing = list_folder(options), again = list_folder(options);
  CHECK(listing.train.size() == 15);
  CHECK(listing.test.size() == 5);
  Names all = names_of(listing.train);
  all.merge(names_of(listing.test));
  CHECK(all.size() == 20);
  CHECK(names_of(again.test) == names_of(listing.test));
  options.seed = 2;
  CHECK(names_of(list_folder(options).test) != names_of(listing.test));
  // The first ones are of both classes, because quantizers are calibrated with them.
  std::set<int> labels;
  for (std::size_t i = 0; i < 8; ++i) labels.insert(listing.train[i].label);
  CHECK(labels.size() == 2);
}

TEST_CASE("a_file_among_the_classes_an_empty_folder_and_an_unreadable_one_are_named") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(list_folder(at(directory)),
                    Catch::Contains("found no folder, expected one of pictures for each class"));
  touch(directory / "train/a/1");
  touch(directory / "train/notes.txt");
  CHECK_THROWS_WITH(list_folder(at(directory)),
                    Catch::Contains("train/notes.txt: found a file, expected only folders there"));
  std::filesystem::remove(directory / "train/notes.txt");
  std::filesystem::create_directories(directory / "val");
  CHECK_THROWS_WITH(list_folder(at(directory)), Catch::Contains("val: found no picture"));
  CHECK_THROWS_WITH(
      list_folder({.path = (directory / "absent").string()}),
      Catch::Contains("absent: cannot be read (No such file or directory), expected a folder of pictures"));
}

TEST_CASE("ImageNet_has_folders_of_synsets_and_labels_beside_val") {
  const TemporaryDirectory directory;
  for (const char* file : {"train/n00000002/1.JPEG", "train/n00000001/2.JPEG", "val/v1.JPEG", "val/v2.JPEG"})
    touch(directory / file);
  write_file(directory / "words.txt", "n00000002 second, other\nn00000001 first\n");
  ListingOptions options = at(directory);
  options.labels = "val.txt";
  CHECK_THROWS_WITH(list_imagenet(options),
                    Catch::Contains("val.txt: cannot be read, expected the labels of"));
  write_file(directory / "val.txt", "v1.JPEG 1\nv2.JPEG n00000001\n");
  const PictureListing plain = list_imagenet(options);
  CHECK(plain.class_names == std::vector<std::string>{"n00000001", "n00000002"});
  CHECK(names_of(plain.test) == Names{"val/v1.JPEG 1", "val/v2.JPEG 0"});

  options.class_names = (directory / "words.txt").string();
  const PictureListing named = list_imagenet(options);
  CHECK(named.class_names == std::vector<std::string>{"second, other", "first"});
  CHECK(names_of(named.train) == Names{"train/n00000002/1.JPEG 0", "train/n00000001/2.JPEG 1"});
  CHECK(names_of(named.test) == Names{"val/v1.JPEG 1", "val/v2.JPEG 1"});

  write_file(directory / "val.txt", "v1.JPEG,0\nv2.JPEG,7\n");
  CHECK_THROWS_WITH(
      list_imagenet(options),
      Catch::Contains("val.txt:2: found 'v2.JPEG,7', expected a file name and one of the 2 classes"));
}

TEST_CASE("a_text_lists_pictures_labels_and_splits") {
  const TemporaryDirectory directory;
  const std::string path = (directory / "list.csv").string();
  write_file(path, "file,label,split\na.jpg,dog,train\nb.jpg,cat,test\nc/d.jpg,cat,train\ne.jpg,dog,val\n");
  const PictureListing listing = list_csv({.path = path});
  CHECK(listing.root == directory.path().string());
  CHECK(listing.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(names_of(listing.train) == Names{"a.jpg 1", "c/d.jpg 0"});
  CHECK(names_of(listing.validation) == Names{"e.jpg 1"});
  CHECK(names_of(listing.test) == Names{"b.jpg 0"});

  write_file(path, "a.jpg,3\nb.jpg,0\nc.jpg,10\nd.jpg,3\n");
  const PictureListing numbers = list_csv({.path = path, .test_share = 0.5});
  CHECK(numbers.class_names.size() == 11);
  CHECK(numbers.class_names[10] == "10");
  CHECK(numbers.train.size() + numbers.test.size() == 4);

  const std::pair<const char*, const char*> faults[] = {
      {"", "found no picture, expected lines file,label"},
      {"a.jpg\n", ":1: found 'a.jpg', expected file,label"},
      {"a.jpg,1\nb.jpg,1,2\n", ":2: found 'b.jpg,1,2', expected file,label"},
      {"a.jpg,1,later\n", "found split 'later', expected train, val or test"}};
  for (const auto& [text, says] : faults) {
    write_file(path, text);
    CHECK_THROWS_WITH(list_csv({.path = path, .test_share = 0.5}),
                      Catch::StartsWith(path) && Catch::Contains(says));
  }
}

TEST_CASE("a_training_split_may_be_missing") {
  const TemporaryDirectory directory;
  const std::string text = (directory / "list.csv").string(), names = (directory / "names.txt").string();
  write_file(text, "file,label,split\na.jpg,0,test\nb.jpg,1,test\n");
  const PictureListing listed = list_csv({.path = text});
  CHECK(listed.train.empty());
  CHECK(names_of(listed.test) == Names{"a.jpg 0", "b.jpg 1"});

  touch(directory / "pictures/val/a/1");
  touch(directory / "pictures/val/b/2");
  const std::string path = (directory / "pictures").string();
  write_file(names, "a\nb\n");
  const PictureListing folder = list_folder({.path = path, .class_names = names});
  CHECK(folder.train.empty());
  CHECK(names_of(folder.test) == Names{"val/a/1 0", "val/b/2 1"});
  const PictureListing imagenet = list_imagenet({.path = path});
  CHECK(imagenet.train.empty());
  CHECK(imagenet.class_names == std::vector<std::string>{"a", "b"});
  CHECK(list_imagenet_classes({.path = path}) == imagenet.class_names);
}

TEST_CASE("a_file_of_class_names_is_checked") {
  const TemporaryDirectory directory;
  touch(directory / "train/a/1");
  const std::string names = (directory / "names.txt").string();
  ListingOptions options = at(directory);
  options.class_names = names;
  CHECK_THROWS_WITH(list_folder(options), Catch::Contains("names.txt: cannot be read"));
  write_file(names, "\n");
  CHECK_THROWS_WITH(list_folder(options), Catch::Contains("names.txt: found no class"));
  write_file(names, "a\nb\na\n");
  CHECK_THROWS_WITH(list_folder(options), Catch::Contains("names.txt: found class 'a' twice"));
}

}  // namespace nibble::listing_test
