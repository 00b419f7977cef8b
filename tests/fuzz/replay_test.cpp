// Every input of the corpora through every reader, with or without clang and its fuzzer.

#include <catch2/catch.hpp>
#include <set>

#include "tests/fuzz/target.h"
#include "tests/support/temporary_directory.h"

namespace nibble::replay_test {

TEST_CASE("readers_take_the_inputs_of_their_corpora_or_refuse_them_with_an_error") {
  std::set<std::string> names;
  for (const fuzz::Target& target : fuzz::targets()) {
    names.insert(target.name);
    const auto corpus = std::filesystem::path(NIBBLE_SOURCE_DIR) / "tests/fuzz/corpus" / target.name;
    int inputs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
      INFO(entry.path().string());
      CHECK_NOTHROW(fuzz::run(target, read_file(entry.path())));
      ++inputs;
    }
    INFO(target.name);
    CHECK(inputs >= 3);
  }
  CHECK(names == std::set<std::string>{"checkpoint", "coco", "config", "darknet", "darknet_list", "packed",
                                       "picture", "pytorch", "run_h5", "safetensors", "selftest", "tar_gz",
                                       "text", "vocabulary"});
}

TEST_CASE("an_input_of_several_parts_is_cut_where_lines_of_three_dashes_stand") {
  CHECK(fuzz::parts("") == std::vector<std::string>{""});
  CHECK(fuzz::parts("a\n---\n") == std::vector<std::string>{"a", ""});
  CHECK(fuzz::parts("\n---\nb---\n---\nc") == std::vector<std::string>{"", "b---", "c"});
}

}  // namespace nibble::replay_test
