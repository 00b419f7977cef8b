#include "datasets/pictures/pack.h"

#include <algorithm>
#include <filesystem>

#include "core/check.h"
#include "core/parallel.h"
#include "datasets/pictures/jpeg.h"
#include "datasets/pictures/pack_journal.h"
#include "datasets/pictures/packed.h"
#include "datasets/pictures/png_picture.h"

namespace nibble {
namespace {

constexpr long kPicturesAtOnce = 256;

// The bytes that stand for a picture in the file. An Error says that it is damaged.
std::string packed_bytes(const std::string& path, const PackOptions& options) {
  std::string bytes = read_picture_file(path);
  const PictureFormat format = picture_format(bytes);
  const Array<std::uint8_t> pixels = decode_picture_as_stored(bytes, path, options.upright);
  const Shape& shape = pixels.shape();
  if (options.side == 0 || std::min(shape[0], shape[1]) <= options.side) return bytes;
  const Fitting fitting{.shorter_side = options.side};
  const Shape scaled = fitted_shape(shape, fitting);
  auto out = Array<std::uint8_t>::uninitialized(scaled);
  fit(pixels.data(), shape, fitting, {}, scaled, out.data());
  return format == PictureFormat::jpeg ? encode_jpeg(out, options.quality) : encode_png(out);
}

// The pictures of all splits, one behind the other.
std::vector<ListedPicture*> in_order(PictureListing& listing) {
  std::vector<ListedPicture*> all;
  for (const PictureSplit split : kPictureSplits)
    for (ListedPicture& picture : listing.of(split)) all.push_back(&picture);
  return all;
}

std::vector<std::optional<std::string>> next_pictures(const PictureListing& listing,
                                                      const std::vector<ListedPicture*>& all, long begin,
                                                      long end, const PackOptions& options) {
  std::vector<std::optional<std::string>> pictures(static_cast<std::size_t>(end - begin));
  parallel_for(end - begin, [&](long i) {
    const std::string path = path_below(listing.root, all[static_cast<std::size_t>(begin + i)]->file);
    try {
      pictures[static_cast<std::size_t>(i)] = packed_bytes(path, options);
    } catch (const Error&) {
      if (options.damaged == DamagedPictures::stop) throw;
    }
  });
  return pictures;
}

}  // namespace

Packed pack(PictureListing listing, const std::string& to, const PackOptions& options,
            const PackProgress& progress) {
  check(!std::filesystem::exists(to), to, ": exists, expected a new file");
  check(options.side >= 0, "pack: found a side of ", options.side, " pixels, expected at least 1, or 0");
  const std::vector<ListedPicture*> all = in_order(listing);
  const auto total = static_cast<long>(all.size());
  PackJournal journal(
      to, str("nibble pack 1 ", fingerprint_of(listing), " side ", options.side, " quality ", options.quality,
              options.damaged == DamagedPictures::skip ? " skip" : "", options.upright ? " upright" : ""));
  const auto done = [&] { return static_cast<long>(journal.lengths().size()); };
  while (done() < total) {
    if (!progress(done(), total)) return {.pictures = done()};
    journal.append(next_pictures(listing, all, done(), std::min(done() + kPicturesAtOnce, total), options));
  }
  progress(total, total);
  for (std::size_t i = 0; i < all.size(); ++i) all[i]->bytes = journal.lengths()[i].value_or(-1);
  Packed packed{.finished = true};
  for (const PictureSplit split : kPictureSplits) {
    packed.left_out +=
        std::erase_if(listing.of(split), [](const ListedPicture& picture) { return picture.bytes < 0; });
    packed.pictures += static_cast<long>(listing.of(split).size());
  }
  check(!listing.test.empty(), to, ": found no whole picture to test with, expected some");
  write_packed(to, listing, journal.bytes_path());
  journal.remove();
  return packed;
}

}  // namespace nibble
