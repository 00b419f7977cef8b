#include "datasets/coco/darknet_list.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "core/check.h"
#include "datasets/datasets.h"
#include "tests/support/coco_folder.h"
#include "tests/support/temporary_directory.h"

namespace nibble::darknet_list_test {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// The pictures of write_coco_folder, 40 x 24, as darknet keeps them.
void write_darknet_folder(const fs::path& root) {
  write_coco_folder(root);
  fs::create_directories(root / "images");
  fs::rename(root / "train", root / "images/train");
  fs::rename(root / "test", root / "images/test");
  write(root / "boxes.data",
        "# two classes\nclasses = 2\ntrain = train.txt\nvalid=valid.txt\nnames = boxes.names\nbackup=b/\n");
  write(root / "boxes.names", "block\nbar\n\n");
  write(root / "train.txt", "images/train/p0.jpg\nimages/train/p1.jpg\n");
  write(root / "valid.txt", "\nimages/test/p4.jpg\r\n" + (root / "images/test/p5.jpg").string() + "\n");
  write(root / "labels/train/p0.txt", "0 0.25 0.5 0.5 0.25\n1 0.5 0.5 1 1\n");
  write(root / "labels/test/p5.txt", "1 0.9 0.5 0.21 0.5\n");  // leaves it by less than a pixel
}

DatasetOptions darknet_options(const fs::path& root) {
  DatasetOptions options;
  options.kind = "darknet";
  options.path = (root / "boxes.data").string();
  options.image_size = 32;
  return options;
}

}  // namespace

TEST_CASE("pictures_of_darknet_come_with_the_boxes_beside_them") {
  const TemporaryDirectory directory;
  const fs::path root = directory.path();
  write_darknet_folder(root);
  const BoxSet set = std::get<BoxSet>(open_data(darknet_options(root)));
  CHECK(set.images.class_names == std::vector<std::string>{"block", "bar"});
  CHECK(set.images.train.size() == 2);
  REQUIRE(set.test.images.size() == 2);
  CHECK(set.test.images[0].file == (root / "images/test/p4.jpg").string());
  CHECK(set.test.images[1].width == 40);
  CHECK(set.test.images[1].height == 24);
  REQUIRE(set.test.objects.size() == 1);  // p4 has no labels
  CHECK(set.test.objects[0].image == 2);
  CHECK(set.test.objects[0].category == 1);
  CHECK(set.test.objects[0].extent.x == Approx(40 * (0.9 - 0.105)));
  CHECK(set.test.objects[0].extent.x + set.test.objects[0].extent.w == 40);
  const auto boxes = std::get<std::vector<Box>>(set.images.train.target(0));
  REQUIRE(boxes.size() == 2);
  CHECK(boxes[0].x == 0);
  CHECK(boxes[0].y == Approx(9));
  CHECK(boxes[0].w == 20);
  CHECK(boxes[0].h == Approx(6));
  CHECK(outline_dataset(darknet_options(root)).classes == 2);
  const std::string before = set.images.fingerprint;
  write(root / "labels/test/p4.txt", "0 0.5 0.5 0.5 0.5\n");
  CHECK(std::get<BoxSet>(open_data(darknet_options(root))).images.fingerprint != before);
}

TEST_CASE("labels_stand_beside_pictures_that_are_in_no_folder_of_images") {
  const TemporaryDirectory directory;
  const fs::path root = directory.path();
  write_darknet_folder(root);
  fs::create_directories(root / "mine");
  fs::rename(root / "images/test/p4.jpg", root / "mine/p4.jpg");
  write(root / "mine/p4.txt", "0 0.5 0.5 0.5 0.5\n");
  write(root / "valid.txt", "mine/p4.jpg\n");
  Md5 digest;
  CHECK(read_darknet_list((root / "valid.txt").string(), {"block", "bar"}, false, digest).objects.size() ==
        1);
}

TEST_CASE("what_is_wrong_in_the_files_of_darknet_is_told_with_its_line") {
  const TemporaryDirectory directory;
  const fs::path root = directory.path();
  write_darknet_folder(root);
  const auto found = [&] {
    try {
      open_data(darknet_options(root));
    } catch (const Error& error) {
      const std::string message = error.what();
      return message.starts_with(root.string() + "/") ? message.substr(root.string().size() + 1) : message;
    }
    return std::string("nothing");
  };
  const auto label = [&](const std::string& text) {
    write(root / "labels/test/p5.txt", "1 0.5 0.5 0.5 0.5\n" + text);
    return found();
  };
  CHECK(label("") == "nothing");
  CHECK(label("0 0.5 0.5 0.5\n") ==
        "labels/test/p5.txt:2: found 4 numbers, expected 5: class, centre x, centre y, width, height");
  CHECK(label("0 0.5 0.5 0.5 half\n") == "labels/test/p5.txt:2: found 'half', expected a number");
  CHECK(label("0 nan 0.5 0.5 0.5\n") == "labels/test/p5.txt:2: found 'nan', expected a number");
  CHECK(label("2 0.5 0.5 0.5 0.5\n") == "labels/test/p5.txt:2: found class 2, expected 0 to 1");
  CHECK(label("0.5 0.5 0.5 0.5 0.5\n") == "labels/test/p5.txt:2: found class 0.5, expected 0 to 1");
  CHECK(label("0 0.5 0.5 0 0.5\n") ==
        "labels/test/p5.txt:2: found a box of 0 x 0.5, expected shares of the picture above 0");
  CHECK(label("0 1.5 0.5 0.5 0.5\n") ==
        "labels/test/p5.txt:2: found a box from 50 to 70 of 40 pixels, expected one inside of its picture");
  CHECK(label("") == "nothing");

  write(root / "valid.txt", "images/test/p5.jpg\nimages/test/p9.jpg\n");
  CHECK_THAT(found(),
             Catch::StartsWith("valid.txt:2: ") && Catch::Contains("images/test/p9.jpg: cannot be read"));
  write(root / "valid.txt", "images/test/p4.jpg\n");
  CHECK_THAT(found(),
             Catch::StartsWith("valid.txt: found no labels for any of 1 pictures, expected files such "
                               "as ") &&
                 Catch::EndsWith("labels/test/p4.txt"));
  write(root / "valid.txt", std::string(300, 'p') + ".jpg\n");  // found by a fuzzer
  CHECK_THAT(found(), Catch::StartsWith("valid.txt:1: ") &&
                          Catch::EndsWith("cannot be read (File name too long), expected a picture"));
  write(root / "valid.txt", "\n");
  CHECK(found() == "valid.txt: found no line, expected a picture a line");

  const auto data = [&](const std::string& text) {
    write(root / "boxes.data", text);
    return found();
  };
  CHECK(data("valid=valid.txt\n") ==
        "boxes.data: found no 'names', expected it: train, valid and names are files");
  CHECK(data("names=boxes.names\nvalid\n") == "boxes.data:2: found 'valid', expected key = value");
  CHECK(data("names=boxes.names\nnames=boxes.names\n") ==
        "boxes.data:2: found 'names' a second time, expected it once");
  CHECK(data("names=boxes.names\nvalid=absent.txt\n") ==
        "boxes.data:2: found valid = absent.txt, which is no file; expected a path from the folder of this "
        "file "
        "or from the working directory");
  CHECK_THAT(data("classes=80\nnames=boxes.names\nvalid=valid.txt\n"),
             Catch::StartsWith("boxes.data:1: found classes = 80, expected 2 as "));
  DatasetOptions nowhere = darknet_options(root);
  nowhere.path = "";
  CHECK_THROWS_WITH(open_data(nowhere), "dataset: found no dataset.path, expected a .data file of darknet");
}

}  // namespace nibble::darknet_list_test
