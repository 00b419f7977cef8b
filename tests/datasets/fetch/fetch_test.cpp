#include "datasets/fetch/fetch.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/check.h"
#include "datasets/files/digest.h"
#include "tests/datasets/fetch/local_server.h"
#include "tests/datasets/fetch/tar_gz.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace nibble::fetch_test {
namespace {

// A small archive with two files, as a server holds it and as a client knows it.
struct Source {
  TemporaryDirectory directory;
  std::string bytes;
  PublishedData archive;

  Source() {
    setenv("no_proxy", "127.0.0.1",
           1);          // the loopback address is reached directly, whatever the environment says
    std::string noise;  // does not shrink, so that the archive spans several packets
    for (unsigned i = 0, state = 1; i < 200'000; ++i) {
      state = state * 1664525 + 1013904223;
      noise += static_cast<char>(state >> 24);
    }
    const auto path = directory / "set.tar.gz";
    write_gz(path, tar_member("set/train.bin", noise) + tar_member("set/test.bin", "test") + tar_end());
    bytes = read_file(path);
    archive = {"set", "http://invalid.invalid", {{"set.tar.gz", file_md5(path), {"train.bin", "test.bin"}}}};
  }
};

bool unpacked(const TemporaryDirectory& directory) {
  return read_file(directory / "test.bin") == "test" && read_file(directory / "train.bin").size() == 200'000;
}

}  // namespace

TEST_CASE("fetch_downloads_checks_and_unpacks") {
  const Source source;
  const LocalServer server("set.tar.gz", source.bytes);
  const TemporaryDirectory target;
  long last_done = 0, last_total = 0;
  fetch(source.archive, target / "", server.address() + "/", [&](long done, long total) {
    CHECK(done >= last_done);
    last_done = done, last_total = total;
    return true;
  });
  CHECK(unpacked(target));
  CHECK(last_done == static_cast<long>(source.bytes.size()));
  CHECK(last_total == static_cast<long>(source.bytes.size()));
  CHECK_FALSE(std::filesystem::exists(target / "set.tar.gz.part"));
}

TEST_CASE("fetch_repairs_files_from_a_whole_archive_without_the_network") {
  const Source source;
  const TemporaryDirectory target;
  write_file(target / "set.tar.gz", source.bytes);
  write_file(target / "test.bin", "damaged");
  fetch(source.archive, target.path());  // the archive's own address does not exist
  CHECK(unpacked(target));
}

TEST_CASE("fetch_downloads_again_over_a_damaged_archive") {
  const Source source;
  const LocalServer server("set.tar.gz", source.bytes);
  const TemporaryDirectory target;
  write_file(target / "set.tar.gz", source.bytes.substr(0, 1000));
  fetch(source.archive, target.path(), server.address());
  CHECK(unpacked(target));
}

TEST_CASE("fetch_goes_on_where_the_connection_ended") {
  const Source source;
  const LocalServer server("set.tar.gz", source.bytes, {.cut_after = 90'000});
  const TemporaryDirectory target;
  for (const long kept : {90'000L, 180'000L}) {
    CHECK_THROWS_WITH(fetch(source.archive, target.path(), server.address()),
                      server.address() + "/set.tar.gz: the connection ended before the file did; " +
                          std::to_string(kept) + " bytes are kept in " +
                          (target / "set.tar.gz.part").string() + ", the next attempt goes on from there");
    CHECK_FALSE(std::filesystem::exists(target / "test.bin"));
  }
  fetch(source.archive, target.path(), server.address());
  CHECK(unpacked(target));
  CHECK(server.requested_from() == std::vector<long>{0, 90'000, 180'000});
}

TEST_CASE("fetch_starts_again_where_the_server_knows_no_ranges") {
  const Source source;
  const LocalServer server("set.tar.gz", source.bytes, {.ranges = false});
  const TemporaryDirectory target;
  write_file(target / "set.tar.gz.part", source.bytes.substr(0, 50'000));
  fetch(source.archive, target.path(), server.address());
  CHECK(unpacked(target));
}

TEST_CASE("fetch_takes_a_part_that_is_already_whole") {
  for (const bool ranges : {true, false}) {
    const Source source;
    const LocalServer server("set.tar.gz", source.bytes, {.ranges = ranges});
    const TemporaryDirectory target;
    write_file(target / "set.tar.gz.part", source.bytes);
    fetch(source.archive, target.path(), server.address());
    CHECK(unpacked(target));
  }
}

TEST_CASE("fetch_removes_a_download_with_the_wrong_checksum_and_names_both") {
  const Source source;
  std::string wrong = source.bytes;
  wrong[5000] = static_cast<char>(wrong[5000] ^ 1);
  const LocalServer server("set.tar.gz", wrong);
  const TemporaryDirectory target;
  Md5 md5;
  md5.update(wrong.data(), wrong.size());
  CHECK_THROWS_WITH(fetch(source.archive, target.path(), server.address()),
                    server.address() + "/set.tar.gz: found MD5 " + md5.hex() + " of " +
                        std::to_string(wrong.size()) + " bytes, expected " + source.archive.files[0].md5 +
                        "; the download is removed, start again or try another mirror");
  CHECK(std::filesystem::is_empty(target.path()));
}

TEST_CASE("fetch_says_what_the_server_answered") {
  const Source source;
  const LocalServer server("another.tar.gz", source.bytes);
  const TemporaryDirectory target;
  CHECK_THROWS_WITH(fetch(source.archive, target.path(), server.address()),
                    server.address() + "/set.tar.gz: the server answered 404 (not found), expected the file");
}

TEST_CASE("fetch_says_that_a_host_is_unknown_or_silent") {
  const Source source;
  const TemporaryDirectory target;
  setenv("no_proxy", "*", 1);
  CHECK_THROWS_WITH(
      fetch(source.archive, target.path()),
      "http://invalid.invalid/set.tar.gz: the host's name cannot be resolved; check the address and "
      "the network");
  std::string closed;
  { closed = LocalServer("x", "").address(); }
  CHECK_THROWS_WITH(fetch(source.archive, target.path(), closed),
                    closed + "/set.tar.gz: the host cannot be reached; check the address and the network");
  CHECK_THROWS_WITH(
      fetch(source.archive, target.path(), "ftp://127.0.0.1"),
      "ftp://127.0.0.1/set.tar.gz: is no address that can be read, expected http:// or https://");
}

TEST_CASE("fetch_says_that_the_disk_is_full") {
  const Source source;
  const LocalServer server("set.tar.gz", source.bytes);
  const TemporaryDirectory target;
  std::filesystem::create_symlink("/dev/full", target / "set.tar.gz.part");
  CHECK_THROWS_WITH(fetch(source.archive, target.path(), server.address()),
                    Catch::StartsWith((target / "set.tar.gz.part").string() +
                                      ": cannot be written: No space left on device"));
}

TEST_CASE("fetch_stops_when_its_progress_function_says_so") {
  const Source source;
  const LocalServer server("set.tar.gz", source.bytes);
  const TemporaryDirectory target;
  CHECK_THROWS_WITH(fetch(source.archive, target.path(), server.address(), [](long, long) { return false; }),
                    Catch::StartsWith(server.address() + "/set.tar.gz: stopped; "));
}

TEST_CASE("fetch_names_a_directory_that_cannot_be_made") {
  const Source source;
  const TemporaryDirectory target;
  write_file(target / "file", "");
  CHECK_THROWS_WITH(fetch(source.archive, target / "file/below"),
                    (target / "file/below").string() +
                        ": cannot be made: Not a directory; expected a directory to write to");
}

// Three plain files, as a server holds them and as a client knows them.
struct PlainSource {
  LocalServer::Files files{{"a.txt", std::string(100'000, 'a')}, {"b.txt", "bee\n"}, {"c.txt", "sea\n"}};
  PublishedData data{"plain", "http://invalid.invalid", {}};

  PlainSource() {
    setenv("no_proxy", "127.0.0.1", 1);
    for (const auto& [name, content] : files) {
      Md5 md5;
      md5.update(content.data(), content.size());
      data.files.push_back({name, md5.hex()});
    }
  }

  bool fetched(const TemporaryDirectory& directory) const {
    return std::all_of(files.begin(), files.end(), [&](const auto& file) {
      return read_file(directory / file.first) == file.second &&
             !std::filesystem::exists(directory / (file.first + ".part"));
    });
  }
};

TEST_CASE("fetch_downloads_plain_files") {
  const PlainSource source;
  const LocalServer server(source.files);
  const TemporaryDirectory target;
  fetch(source.data, target / "", server.address());
  CHECK(source.fetched(target));
  CHECK(server.requested_from() == std::vector<long>{0, 0, 0});
  fetch(source.data, target.path());  // nothing is left to ask for, of an address that does not exist
}

TEST_CASE("fetch_replaces_plain_files_that_are_lost_or_damaged") {
  const PlainSource source;
  const LocalServer server(source.files);
  const TemporaryDirectory target;
  write_file(target / "a.txt", source.files.at("a.txt"));
  write_file(target / "b.txt", "bea\n");
  fetch(source.data, target.path(), server.address());
  CHECK(source.fetched(target));
  CHECK(server.requested_from().size() == 2);
}

TEST_CASE("fetch_goes_on_within_the_plain_file_where_the_connection_ended") {
  const PlainSource source;
  const LocalServer server(source.files, {.cut_after = 60'000});
  const TemporaryDirectory target;
  CHECK_THROWS_WITH(fetch(source.data, target.path(), server.address()),
                    server.address() +
                        "/a.txt: the connection ended before the file did; 60000 bytes are kept in " +
                        (target / "a.txt.part").string() + ", the next attempt goes on from there");
  fetch(source.data, target.path(), server.address());
  CHECK(source.fetched(target));
  CHECK(server.requested_from() == std::vector<long>{0, 60'000, 0, 0});
}

TEST_CASE("fetch_keeps_a_damaged_plain_file_until_its_download_is_right") {
  PlainSource source;
  const TemporaryDirectory target;
  write_file(target / "c.txt", "mine\n");
  LocalServer::Files wrong = source.files;
  wrong["c.txt"] = "see\n";
  const LocalServer server(wrong);
  CHECK_THROWS_WITH(fetch(source.data, target.path(), server.address()),
                    Catch::StartsWith(server.address() + "/c.txt: found MD5 ") &&
                        Catch::Contains("of 4 bytes, expected " + source.data.files[2].md5));
  CHECK(read_file(target / "b.txt") == "bee\n");
  CHECK(read_file(target / "c.txt") == "mine\n");
  CHECK_FALSE(std::filesystem::exists(target / "c.txt.part"));
}

TEST_CASE("fetch_knows_the_official_files_by_name") {
  REQUIRE(find_published("cifar10").files.size() == 1);
  CHECK(find_published("cifar10").files[0].md5 == "c32a1d4ab5d03f1284b67883e8d87530");
  CHECK(find_published("cifar10").files[0].unpacked.size() == 6);
  CHECK(find_published("cifar100").files[0].name == "cifar-100-binary.tar.gz");
  REQUIRE(find_published("ptb").files.size() == 3);
  CHECK(find_published("ptb").files[0].name == "ptb.train.txt");
  for (const PublishedFile& file : find_published("ptb").files) CHECK(file.unpacked.empty());
  CHECK_THROWS_WITH(find_published("cifar"),
                    "fetch: found unknown data set 'cifar', expected one of cifar10, cifar100, ptb");
}

TEST_CASE("the_real_penn_treebank_is_what_fetch_expects") {
  const auto file = shared_data("ptb/ptb.train.txt");
  if (!file) return;  // shared_data has said so
  for (const PublishedFile& published : find_published("ptb").files) {
    CHECK(file_md5(file->parent_path() / published.name) == published.md5);
  }
}

}  // namespace nibble::fetch_test
