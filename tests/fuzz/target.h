#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nibble::fuzz {

// Everything that reads bytes from outside, as functions of such bytes. A reader may refuse them with an
// Error; any other exception, a crash, a hang and more than 1 GiB of memory are faults. tests/fuzz/run.sh
// builds a fuzzer of each target; replay_test.cpp runs all of them over tests/fuzz/corpus/, without a fuzzer.

struct Target {
  std::string name;
  void (*read)(std::string_view bytes);
  /// Changes `size` bytes to others, at most `most`, and returns how many they are; null: the fuzzer's own
  /// way.
  std::size_t (*mutate)(std::uint8_t* bytes, std::size_t size, std::size_t most, unsigned seed) = nullptr;
};

/// Those that are linked into this program.
std::vector<Target>& targets();

/// A static object that adds a target.
struct Registered {
  template <typename... Mutate>
  Registered(const char* name, void (*read)(std::string_view bytes), Mutate... mutate) {
    targets().push_back({name, read, mutate...});
  }
};

/// Reads as the fuzzer does. Throws what is a fault.
void run(const Target& target, std::string_view bytes);

/// Ends the program, with this sentence, unless what a target promises beyond "does not crash" holds.
void require(bool holds, const std::string& sentence);

/// A folder of this process, for readers that want a path; in memory where TMPDIR says so.
const std::filesystem::path& folder();

/// The parts of an input, which lines "---" separate: several files, or a file and its options.
std::vector<std::string> parts(std::string_view bytes);

/// Numbers from the bytes of an input, one after the other; 0 behind their end.
class Choices {
 public:
  explicit Choices(std::string_view bytes) : bytes_(bytes) {}
  bool more() const { return at_ < bytes_.size(); }
  std::size_t byte() { return more() ? static_cast<unsigned char>(bytes_[at_++]) : 0; }
  /// 0 ≤ number < n; n ≤ 65536.
  std::size_t below(std::size_t n) {
    const std::size_t low = byte();
    return (n > 256 ? low + 256 * byte() : low) % n;
  }
  template <typename List>
  const auto& one_of(const List& list) {
    return list[below(std::size(list))];
  }
  /// A length, then so many bytes without NUL.
  std::string text() {
    std::string taken;
    for (std::size_t left = byte(); left > 0 && more(); --left) taken += static_cast<char>(byte());
    std::erase(taken, '\0');
    return taken;
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace nibble::fuzz
