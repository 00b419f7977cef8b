#include "tests/fuzz/target.h"

#include <cstdio>
#include <cstdlib>

#include "core/buffer_pool.h"
#include "core/check.h"
#include "core/files/temporary_directory.h"

namespace nibble::fuzz {
namespace {

// The fuzzer limits malloc alone; arrays come from a pool.
constexpr std::size_t kMostMemory = std::size_t{1} << 30;

}  // namespace

std::vector<Target>& targets() {
  static std::vector<Target> list;
  return list;
}

void run(const Target& target, std::string_view bytes) {
  try {
    target.read(bytes);
  } catch (const Error&) {
  }
  require(buffer_pool::usage().peak <= kMostMemory, "found arrays of more than 1 GiB");
}

void require(bool holds, const std::string& sentence) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: %s\n", sentence.c_str());
  std::abort();
}

const std::filesystem::path& folder() {
  static const TemporaryDirectory directory;
  return directory.path();
}

std::vector<std::string> parts(std::string_view bytes) {
  constexpr std::string_view kBetween = "\n---\n";
  std::vector<std::string> list;
  for (std::size_t begin = 0; begin <= bytes.size();) {
    const std::size_t end = std::min(bytes.find(kBetween, begin), bytes.size());
    list.emplace_back(bytes.substr(begin, end - begin));
    begin = end + kBetween.size();
  }
  if (list.empty()) list.emplace_back();
  return list;
}

}  // namespace nibble::fuzz

// What libFuzzer calls. Its program holds all targets and has a name for each: TARGET_fuzz.

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t most)
    __attribute__((weak));  // the replay has no fuzzer

namespace {

const nibble::fuzz::Target* chosen = nullptr;

}  // namespace

/// Whatever a target does once is no part of an input's time.
extern "C" int LLVMFuzzerInitialize(int*, char*** words) {
  using namespace nibble::fuzz;
  const std::string program = std::filesystem::path((*words)[0]).filename();
  for (const Target& target : targets())
    if (program == target.name + "_fuzz") chosen = &target;
  require(chosen != nullptr, "found no target for " + program + ", expected TARGET_fuzz");
  run(*chosen, {});
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  nibble::fuzz::run(*chosen, {reinterpret_cast<const char*>(bytes), size});
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t most,
                                               unsigned seed) {
  return chosen->mutate ? chosen->mutate(bytes, size, most, seed) : LLVMFuzzerMutate(bytes, size, most);
}
