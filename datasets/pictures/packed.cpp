#include "datasets/pictures/packed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>

#include "core/check.h"
#include "core/files/guarded_read.h"
#include "core/files/hdf5_file.h"
#include "core/noncopyable.h"
#include "datasets/pictures/packed_layout.h"

namespace nibble {
namespace {

enum class Guard { none, process };

// What `read` makes of the HDF5 file of that path.
template <typename Read>
auto guarded(Guard guard, const std::string& path, const Read& read) {
  if (guard == Guard::process) try_in_another_process(path, "one of nibble data pack", [&] { read(); });
  return read();
}

// The file that several splits read from.
class PackedFile : NonCopyable {
 public:
  explicit PackedFile(const std::string& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    check(descriptor_ >= 0, path, ": cannot be read (", std::strerror(errno), ")");
  }
  ~PackedFile() { ::close(descriptor_); }

  const std::string& path() const { return path_; }
  std::string read(std::size_t begin, std::size_t count) const {
    std::string bytes(count, '\0');
    for (std::size_t done = 0; done < count;) {
      const ssize_t n =
          ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(begin + done));
      if (n < 0 && errno == EINTR) continue;
      check(n > 0, path_, ": cannot be read (", n == 0 ? "it ends early" : std::strerror(errno), ")");
      done += static_cast<std::size_t>(n);
    }
    return bytes;
  }

 private:
  const std::string path_;
  const int descriptor_;
};

class PackedSource : public ImageSource {
 public:
  PackedSource(std::shared_ptr<const PackedFile> file, const Hdf5File& hdf5, const std::string& split,
               int classes, const DecodeOptions& options, Guard guard)
      : file_(std::move(file)),
        guard_(guard),
        split_(split),
        begin_(hdf5.read_vector<long>(packed::begin_of(split))),
        labels_(hdf5.read_vector<int>(packed::label_of(split))),
        options_(options) {
    check(begin_.size() == labels_.size() + 1 && begin_.front() == 0, file_->path(), ": found ",
          labels_.size(), " labels and ", begin_.size(), " numbers in '", packed::begin_of(split),
          "', expected one more, from 0");
    for (std::size_t i = 0; i < labels_.size(); ++i) {
      check(begin_[i] < begin_[i + 1], file_->path(), ": found '", packed::begin_of(split),
            "' not growing at ", i, ", expected each picture behind the last");
      check(0 <= labels_[i] && labels_[i] < classes, file_->path(), ": found label ", labels_[i], " in '",
            packed::label_of(split), "', expected 0 to ", classes - 1);
    }
    offset_ = hdf5.offset_of(packed::bytes_of(split), static_cast<std::size_t>(begin_.back()));
  }

  long size() const override { return static_cast<long>(labels_.size()); }
  Target target(long i) const override { return labels_[static_cast<std::size_t>(i)]; }
  // Read when they are first asked for: a large training split never is.
  std::string name(long i) const override {
    std::call_once(names_read_, [&] {
      names_ = guarded(guard_, file_->path(), [&] {
        return Hdf5File::open(file_->path()).read_vector<std::string>(packed::name_of(split_));
      });
      check(names_.size() == labels_.size(), file_->path(), ": found ", names_.size(), " names in '",
            packed::name_of(split_), "', expected ", labels_.size());
    });
    return names_[static_cast<std::size_t>(i)];
  }
  Array<std::uint8_t> make(long i) const override {
    const auto at = static_cast<std::size_t>(i);
    const auto begin = static_cast<std::size_t>(begin_[at]),
               count = static_cast<std::size_t>(begin_[at + 1]) - begin;
    return decode_picture(file_->read(offset_ + begin, count),
                          str(file_->path(), ", picture ", i, " of ", split_), options_);
  }

 private:
  const std::shared_ptr<const PackedFile> file_;
  const Guard guard_;
  const std::string split_;
  const std::vector<long> begin_;
  const std::vector<int> labels_;
  const DecodeOptions options_;
  std::size_t offset_ = 0;
  mutable std::once_flag names_read_;
  mutable std::vector<std::string> names_;
};

Hdf5File opened(const std::string& path) {
  Hdf5File file = Hdf5File::open(path);
  const bool ours = file.has_attribute("/", packed::kKindName) &&
                    file.attribute<std::string>("/", packed::kKindName) == packed::kKind;
  check(ours, path, ": found an HDF5 file of another kind, expected one of nibble data pack");
  return file;
}

PackedPictures read_packed(const std::string& path, const DecodeOptions& options, Guard guard) {
  const Hdf5File hdf5 = opened(path);
  PackedPictures pictures;
  pictures.class_names = hdf5.read_vector<std::string>(packed::kClassNames);
  pictures.fingerprint = hdf5.attribute<std::string>("/", packed::kFingerprint);
  const auto file = std::make_shared<const PackedFile>(path);
  const auto split = [&](const char* name) {
    if (!hdf5.exists(name)) return Split();
    return Split(std::make_shared<PackedSource>(
        file, hdf5, name, static_cast<int>(pictures.class_names.size()), options, guard));
  };
  pictures.train = split(packed::kSplits[0]);
  pictures.validation = split(packed::kSplits[1]);
  pictures.test = split(packed::kSplits[2]);
  check(!pictures.test.empty(), path, ": found no pictures to test with, expected some");
  return pictures;
}

}  // namespace

PackedPictures open_packed(const std::string& path, const DecodeOptions& options) {
  return guarded(Guard::process, path, [&] { return read_packed(path, options, Guard::process); });
}

PackedPictures open_packed_unguarded(const std::string& path, const DecodeOptions& options) {
  return read_packed(path, options, Guard::none);
}

std::vector<std::string> packed_classes(const std::string& path) {
  return guarded(Guard::process, path,
                 [&] { return opened(path).read_vector<std::string>(packed::kClassNames); });
}

}  // namespace nibble
