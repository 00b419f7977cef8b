#include "tests/edge/emit/emitted_files.h"

#include <regex>

namespace nibble::edge {

void check_warnings(const Scratch& scratch) {
  const std::string flags =
      " -std=c99 -O2 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes "
      "-Wmissing-prototypes -Wcast-qual -Wundef -Wvla -Werror -c ";
  CHECK(shell(scratch.path, "cc" + flags + "$(ls *.c | grep -v ^nbl_) -DMODEL_TRACE") == 0);
  CHECK(shell(scratch.path, "cc" + flags + "model.c") == 0);
  if (std::system("command -v clang > /dev/null") == 0) {
    CHECK(shell(scratch.path, "clang" + flags + "*.c -DMODEL_TRACE") == 0);
  }
}

void check_freestanding(const Scratch& scratch) {
  for (const std::filesystem::directory_entry& entry : std::filesystem::directory_iterator(scratch.path)) {
    const std::string file = entry.path().filename().string();
    const bool source = file.ends_with(".c") || file.ends_with(".h");
    if (!source || file == "selftest.c" || file == "test_vectors.h") continue;
    const std::string code =
        std::regex_replace(read(entry.path()), std::regex(R"(/\*[^*]*\*+([^/*][^*]*\*+)*/)"), "");
    INFO(file);
    CHECK_FALSE(std::regex_search(code, std::regex(R"(\b(float|double|malloc|calloc|free|alloca)\b)")));
    CHECK_FALSE(std::regex_search(code, std::regex(R"(#include <(?!stdint\.h>))")));
  }
}

}  // namespace nibble::edge
