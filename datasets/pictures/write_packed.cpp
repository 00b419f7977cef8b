// The file that packed.cpp reads.

#include <fstream>

#include "core/check.h"
#include "core/files/atomic_file.h"
#include "core/files/hdf5_file.h"
#include "datasets/files/digest.h"
#include "datasets/pictures/packed.h"
#include "datasets/pictures/packed_layout.h"

namespace nibble {
namespace {

constexpr std::size_t kCopiedBytes = 4 << 20;

// What HDF5 writes beside the pictures, at most: a heap of names, and numbers.
std::size_t room_for(const PictureListing& listing) {
  std::size_t bytes = 1 << 20;
  for (const std::string& name : listing.class_names) bytes += 2 * name.size() + 128;
  for (const PictureSplit split : kPictureSplits)
    for (const ListedPicture& picture : listing.of(split))
      bytes += static_cast<std::size_t>(picture.bytes) + 2 * picture.file.size() + 128;
  return bytes;
}

// Where the bytes of a split belong.
struct ReservedBytes {
  std::size_t offset = 0, count = 0;
};

ReservedBytes write_split(Hdf5File& file, const std::string& split,
                          const std::vector<ListedPicture>& pictures, Md5& digest) {
  std::vector<long> begin{0};
  std::vector<int> labels;
  std::vector<std::string> names;
  for (const ListedPicture& picture : pictures) {
    begin.push_back(begin.back() + picture.bytes);
    labels.push_back(picture.label);
    names.push_back(picture.file);
  }
  digest.update(begin.data(), begin.size() * sizeof(long));
  digest.update(labels.data(), labels.size() * sizeof(int));
  file.write(packed::begin_of(split), begin);
  file.write(packed::label_of(split), labels);
  file.write(packed::name_of(split), names);
  const auto count = static_cast<std::size_t>(begin.back());
  return {file.reserve(packed::bytes_of(split), count), count};
}

std::string digest_of_file(const std::string& path, Md5& digest) {
  std::ifstream bytes(path, std::ios::binary);
  std::string piece(kCopiedBytes, '\0');
  while (bytes) {
    bytes.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.update(piece.data(), static_cast<std::size_t>(bytes.gcount()));
  }
  check(bytes.eof(), path, ": cannot be read, expected the bytes of the pictures");
  return digest.hex();
}

void copy_bytes(std::ifstream& from, const ReservedBytes& place, std::fstream& into,
                const std::string& path) {
  into.seekp(static_cast<std::streamoff>(place.offset));
  std::string piece(kCopiedBytes, '\0');
  for (std::size_t done = 0; done < place.count;) {
    const std::size_t n = std::min(kCopiedBytes, place.count - done);
    check(static_cast<bool>(from.read(piece.data(), static_cast<std::streamsize>(n))), path,
          ": cannot be read, expected the bytes of the pictures");
    check(static_cast<bool>(into.write(piece.data(), static_cast<std::streamsize>(n))), path,
          ": cannot be copied, expected room on the disk");
    done += n;
  }
}

}  // namespace

void write_packed(const std::string& path, const PictureListing& listing, const std::string& bytes_path) {
  write_atomically(path, [&](const std::string& aside) {
    Hdf5File file = Hdf5File::create_on_disk(aside, room_for(listing));
    Md5 digest;
    for (const std::string& name : listing.class_names) digest.update(name.c_str(), name.size() + 1);
    file.write(packed::kClassNames, listing.class_names);
    std::vector<ReservedBytes> places;
    for (const PictureSplit split : kPictureSplits)
      if (!listing.of(split).empty())
        places.push_back(
            write_split(file, packed::kSplits[static_cast<int>(split)], listing.of(split), digest));
    file.set_attribute("/", packed::kKindName, packed::kKind);
    file.set_attribute("/", packed::kFingerprint, digest_of_file(bytes_path, digest));
    file.close();
    std::ifstream from(bytes_path, std::ios::binary);
    std::fstream into(aside, std::ios::in | std::ios::out | std::ios::binary);
    for (const ReservedBytes& place : places) copy_bytes(from, place, into, bytes_path);
    into.close();
    check(!into.fail(), path, ": cannot be written, expected room on the disk");
  });
}

}  // namespace nibble
