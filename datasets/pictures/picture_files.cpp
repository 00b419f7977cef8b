#include "datasets/pictures/picture_files.h"

#include <algorithm>
#include <filesystem>

#include "core/check.h"
#include "core/parallel.h"
#include "datasets/files/digest.h"

namespace nibble {
namespace {

class PictureFiles : public ImageSource {
 public:
  PictureFiles(std::string root, std::vector<ListedPicture> pictures, const DecodeOptions& options)
      : root_(std::move(root)), pictures_(std::move(pictures)), options_(options) {}

  long size() const override { return static_cast<long>(pictures_.size()); }
  Target target(long i) const override { return at(i).label; }
  std::string name(long i) const override { return at(i).file; }
  Array<std::uint8_t> make(long i) const override {
    return decode_picture_file(path_below(root_, at(i).file), options_);
  }

 private:
  const ListedPicture& at(long i) const { return pictures_[static_cast<std::size_t>(i)]; }

  const std::string root_;
  const std::vector<ListedPicture> pictures_;
  const DecodeOptions options_;
};

// The sentences about the damaged pictures of a split, which get a negative length.
std::vector<std::string> find_damaged(const std::string& root, std::vector<ListedPicture>& pictures) {
  std::vector<std::string> sentences(pictures.size());
  parallel_for(static_cast<long>(pictures.size()), [&](long i) {
    ListedPicture& picture = pictures[static_cast<std::size_t>(i)];
    try {
      picture.bytes = inspect_picture_file(path_below(root, picture.file)).bytes;
    } catch (const Error& error) {
      picture.bytes = -1;
      sentences[static_cast<std::size_t>(i)] = error.what();
    }
  });
  std::erase(sentences, "");
  return sentences;
}

}  // namespace

std::string path_below(const std::string& root, const std::string& file) {
  return (std::filesystem::path(root) / file).string();
}

std::vector<std::string> inspect(PictureListing& listing, DamagedPictures damaged) {
  std::vector<std::string> sentences;
  for (const PictureSplit split : kPictureSplits) {
    std::vector<ListedPicture>& pictures = listing.of(split);
    const std::vector<std::string> found = find_damaged(listing.root, pictures);
    sentences.insert(sentences.end(), found.begin(), found.end());
    std::erase_if(pictures, [](const ListedPicture& picture) { return picture.bytes < 0; });
    check(found.empty() || split == PictureSplit::validation || !pictures.empty() ||
              damaged == DamagedPictures::stop,
          listing.root, ": found no picture that can be used, as ", found.empty() ? "" : found.front());
  }
  const auto count = static_cast<long>(sentences.size());
  if (count == 0 || damaged == DamagedPictures::skip) return sentences;
  std::string text;
  for (long i = 0; i < std::min(count, 3L); ++i)
    text += (i ? "\n" : "") + sentences[static_cast<std::size_t>(i)];
  if (count > 3) text += str("\nand ", count - 3, " more files like these");
  fail(text, "\n(dataset.damaged = skip leaves such files out)");
}

std::string fingerprint_of(const PictureListing& listing) {
  Md5 digest;
  const auto add = [&](const std::string& text) { digest.update(text.c_str(), text.size() + 1); };
  for (const std::string& name : listing.class_names) add(name);
  for (const PictureSplit split : kPictureSplits) {
    add("split");
    for (const ListedPicture& picture : listing.of(split))
      add(str(picture.file, '\t', picture.label, '\t', picture.bytes));
  }
  return digest.hex();
}

Split split_of_files(const std::string& root, std::vector<ListedPicture> pictures,
                     const DecodeOptions& options) {
  if (pictures.empty()) return {};
  return Split(std::make_shared<PictureFiles>(root, std::move(pictures), options));
}

}  // namespace nibble
