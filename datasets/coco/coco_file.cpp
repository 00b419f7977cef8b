#include "datasets/coco/coco_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/check.h"
#include "core/files/atomic_file.h"

namespace nibble {
namespace {

using Json = nlohmann::json;

// An element of a list, with its place for messages: "f.json: annotations[12]".
struct Element {
  const Json& json;
  std::string where;

  const Json& field(const char* key) const {
    check(json.is_object(), where, ": found no object, expected one with '", key, "'");
    const auto found = json.find(key);
    check(found != json.end(), where, ": found no '", key, "', expected it");
    return *found;
  }
  long whole(const char* key) const {
    const Json& value = field(key);
    check(value.is_number_integer(), where, ": found '", key, "' of ", value.dump(),
          ", expected a whole number");
    return value.get<long>();
  }
  double number(const char* key) const { return number_of(field(key), key); }
  std::string text(const char* key) const {
    const Json& value = field(key);
    check(value.is_string(), where, ": found '", key, "' of ", value.dump(), ", expected a text");
    return value.get<std::string>();
  }
  Extent extent() const {
    const Json& box = field("bbox");
    check(box.is_array() && box.size() == 4, where, ": found 'bbox' of ", box.dump(),
          ", expected [x, y, width, height]");
    const Extent extent{number_of(box[0], "bbox"), number_of(box[1], "bbox"), number_of(box[2], "bbox"),
                        number_of(box[3], "bbox")};
    check(extent.w >= 0 && extent.h >= 0, where, ": found 'bbox' of ", box.dump(),
          ", expected a width and a height of at least 0");
    return extent;
  }

 private:
  double number_of(const Json& value, const char* key) const {
    check(value.is_number() && std::isfinite(value.get<double>()), where, ": found '", key, "' of ",
          value.dump(), ", expected a number");
    return value.get<double>();
  }
};

// Hands the elements of the lists of a JSON text to `use` and forgets each at once.
//   depth: at which the lists stand; 1 in {"images": [...], ...}, 0 of a text that is one list
template <typename Use>
void for_each_element(const std::string& path, int depth, const Use& use) {
  std::ifstream in(path, std::ios::binary);
  check(in.is_open(), path, ": cannot be opened, expected JSON as COCO has it");
  std::string list;
  std::map<std::string, long> counts;
  const auto keep = [&](int at, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && at == depth) list = parsed.get<std::string>();
    if (event == Json::parse_event_t::key && at == depth + 2 && parsed == "segmentation") return false;
    if (event != Json::parse_event_t::object_end || at != depth + 1) return true;
    use(list, Element{parsed, str(path, ": ", list, "[", counts[list]++, "]")});
    return false;
  };
  try {
    const Json rest = Json::parse(in, keep);
    check(depth == 0 ? rest.is_array() : rest.is_object(), path, ": found ", rest.type_name(), ", expected ",
          depth == 0 ? "a list" : "an object with images, categories and annotations");
  } catch (const Json::exception& error) {
    fail(path, ": found what is no JSON, expected annotations as COCO has them: ", error.what());
  }
}

template <typename T>
void sort_by_id(std::vector<T>& of, const std::string& path, const char* what) {
  std::sort(of.begin(), of.end(), [](const T& a, const T& b) { return a.id < b.id; });
  for (std::size_t i = 1; i < of.size(); ++i)
    check(of[i - 1].id != of[i].id, path, ": found ", what, " ", of[i].id, " twice, expected each id once");
}

template <typename T>
const T* find_id(const std::vector<T>& sorted, long id) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), id,
                                   [](const T& one, long wanted) { return one.id < wanted; });
  return at != sorted.end() && at->id == id ? &*at : nullptr;
}

// What can only be said once all lists are read: they may stand in any order.
void check_objects(const CocoSet& set, const std::string& path) {
  for (std::size_t i = 0; i < set.objects.size(); ++i) {
    const CocoObject& object = set.objects[i];
    const CocoImage* const image = find_id(set.images, object.image);
    check(image != nullptr, path, ": annotations[", i, "]: found image_id ", object.image,
          ", expected one of ", set.images.size(), " images");
    check(find_id(set.categories, object.category) != nullptr, path, ": annotations[", i,
          "]: found category_id ", object.category, ", expected one of ", set.categories.size(),
          " categories");
    const Extent& box = object.extent;
    check(box.x >= -1 && box.y >= -1 && box.x + box.w <= static_cast<double>(image->width) + 1 &&
              box.y + box.h <= static_cast<double>(image->height) + 1,
          path, ": annotations[", i, "]: found a bbox from (", box.x, ", ", box.y, ") to (", box.x + box.w,
          ", ", box.y + box.h, "), expected one inside of its image of ", image->width, " x ", image->height);
  }
}

}  // namespace

const CocoCategory& CocoSet::category(long id) const {
  const CocoCategory* const found = find_id(categories, id);
  check(found != nullptr, "coco: found category ", id, ", expected one of ", categories.size());
  return *found;
}

CocoSet read_coco(const std::string& path) {
  CocoSet set;
  for_each_element(path, 1, [&](const std::string& list, const Element& element) {
    if (list == "images") {
      set.images.push_back(
          {element.whole("id"), element.text("file_name"), element.whole("width"), element.whole("height")});
      check(set.images.back().width > 0 && set.images.back().height > 0, element.where, ": found a size of ",
            set.images.back().width, " x ", set.images.back().height, ", expected at least 1 x 1");
    } else if (list == "categories") {
      set.categories.push_back({element.whole("id"), element.text("name")});
    } else if (list == "annotations") {
      const bool crowd = element.json.contains("iscrowd") && element.whole("iscrowd") != 0;
      set.objects.push_back({element.whole("image_id"), element.whole("category_id"), element.extent(),
                             element.number("area"), crowd});
    }
  });
  check(!set.images.empty() && !set.categories.empty(), path, ": found ", set.images.size(), " images and ",
        set.categories.size(), " categories, expected some of both");
  sort_by_id(set.images, path, "image");
  sort_by_id(set.categories, path, "category");
  check_objects(set, path);
  return set;
}

std::vector<CocoResult> read_coco_results(const std::string& path) {
  std::vector<CocoResult> results;
  for_each_element(path, 0, [&](const std::string&, const Element& element) {
    results.push_back(
        {element.whole("image_id"), element.whole("category_id"), element.number("score"), element.extent()});
  });
  return results;
}

void write_coco_results(const std::string& path, const std::vector<CocoResult>& results) {
  Json list = Json::array();
  for (const CocoResult& result : results) {
    const Extent& box = result.extent;
    list.push_back({{"image_id", result.image},
                    {"category_id", result.category},
                    {"bbox", {box.x, box.y, box.w, box.h}},
                    {"score", result.score}});
  }
  write_text_atomically(path, list.dump() + "\n");
}

}  // namespace nibble
