#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

#include "tests/support/temporary_directory.h"

namespace nibble {

// The built program as a user runs it.

/// The program that was built beside this test, which lies in a folder below it; with sanitizers where the
/// test is linked with them.
inline std::string program_path() {
  const std::filesystem::path test = std::filesystem::read_symlink("/proc/self/exe");
  const bool sanitized = test.filename().string().ends_with("_sanitized");
  return (test.parent_path().parent_path() / (sanitized ? "nibble_sanitized" : "nibble")).string();
}

/// How it ended, and what it wrote.
struct ProgramOutcome {
  int exit_code = 0;  // or 128 + the signal that ended it
  std::string out, err;
};

/// Starts the program in a directory, with `environment` ("NAME=value") set; standard output and error go to
/// the files NAME.out and NAME.err there.
inline pid_t start_program(const TemporaryDirectory& directory, const std::string& arguments,
                           const std::string& environment = "", const std::string& name = "program") {
  const pid_t child = fork();
  if (child == 0) {
    const std::string command = "exec env " + environment + " '" + program_path() + "' " + arguments + " >" +
                                name + ".out 2>" + name + ".err </dev/null";
    if (chdir(directory.path().c_str()) == 0) execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  return child;
}

inline ProgramOutcome finish_program(const TemporaryDirectory& directory, pid_t child,
                                     const std::string& name = "program") {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          read_file(directory / (name + ".out")), read_file(directory / (name + ".err"))};
}

inline ProgramOutcome run_program(const TemporaryDirectory& directory, const std::string& arguments,
                                  const std::string& environment = "") {
  return finish_program(directory, start_program(directory, arguments, environment));
}

/// Waits up to a minute.
inline void wait_until_exists(const std::filesystem::path& file) {
  for (int i = 0; i < 6000 && !std::filesystem::exists(file); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(std::filesystem::exists(file));
}

/// Characters of UTF-8 in the longest line.
inline std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0, length = 0;
  for (const char c : text) {
    length = c == '\n' ? 0 : length + ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0);
    longest = std::max(longest, length);
  }
  return longest;
}

/// An MLP on 64 images of 12 x 12 pixels, four batches: an epoch takes milliseconds.
inline const char* const kTinyConfig =
    "[dataset]\nkind = procedural\nimage_size = 12\ntrain_samples = 64\ntest_samples = 32\n"
    "[model]\nkind = mlp\nwidth = 8\n[train]\nepochs = 1\nbatch = 16\n";

/// A directory with a.ini, the tiny config.
struct TinyDirectory : TemporaryDirectory {
  TinyDirectory() { write_file(*this / "a.ini", kTinyConfig); }
};

/// The program, run there.
struct TinyStudy {
  TinyDirectory directory;

  ProgramOutcome operator()(const std::string& arguments, const std::string& environment = "") const {
    return run_program(directory, arguments, environment);
  }
  std::filesystem::path path(const std::string& file) const { return directory / file; }
  std::string text(const std::string& file) const { return read_file(path(file)); }
};

}  // namespace nibble
