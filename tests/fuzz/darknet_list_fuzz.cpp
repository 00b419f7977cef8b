// Lists of pictures as darknet has them: a .data file, f.names, the list f.txt, and labels/p.txt beside
// images/p.jpg and images/q.png.
#include "core/files/atomic_file.h"
#include "datasets/coco/darknet_list.h"
#include "datasets/pictures/jpeg.h"
#include "datasets/pictures/png_picture.h"
#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

namespace nibble::fuzz {
namespace {

// Where the pictures are; what an input says is written beside them.
const std::filesystem::path& pictures() {
  static const std::filesystem::path made = [] {
    const std::filesystem::path root = folder() / "darknet";
    std::filesystem::create_directories(root / "images");
    std::filesystem::create_directories(root / "labels");
    const Array<std::uint8_t> black(Shape{20, 30, 3});
    write_bytes((root / "images/p.jpg").string(), encode_jpeg(black, 80));
    write_bytes((root / "images/q.png").string(), encode_png(black));
    return root;
  }();
  return made;
}

void read_lists(std::string_view bytes) {
  std::vector<std::string> texts = parts(bytes);
  texts.resize(4);
  const char* const files[] = {"f.data", "f.names", "f.txt", "labels/p.txt"};
  for (std::size_t i = 0; i < texts.size(); ++i) write_file(pictures() / files[i], texts[i]);
  const DarknetData data = read_darknet_data((pictures() / "f.data").string());
  Md5 digest;
  const CocoSet set = read_darknet_list(data.valid, data.classes, false, digest);
  require(set.categories.size() == data.classes.size(), "a list has other classes than its data");
  for (const CocoObject& object : set.objects) {
    const Extent& e = object.extent;
    require(1 <= object.image && object.image <= std::ssize(set.images), "a box of no picture");
    const CocoImage& image = set.images[static_cast<std::size_t>(object.image - 1)];
    require(0 <= object.category && object.category < std::ssize(data.classes), "a box of no class");
    require(0 <= e.x && 0 <= e.y && e.w >= 0 && e.h >= 0 && e.x + e.w <= image.width + 1e-3 &&
                e.y + e.h <= image.height + 1e-3,
            "a box that leaves its picture");
  }
}

const Registered registered_lists("darknet_list", &read_lists);

}  // namespace
}  // namespace nibble::fuzz
