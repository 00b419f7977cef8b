// Emitted models on other processors, through the Makefile of their package: where Debian's cross compilers
// and emulators are installed (see tests/edge/targets).
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "core/check.h"
#include "edge/emit/emit_c.h"
#include "tests/edge/emit/emitted_files.h"
#include "tests/edge/random_detector.h"
#include "tests/edge/random_graph.h"

namespace nibble::edge::targets_test {
namespace {

namespace fs = std::filesystem;

const fs::path kTargets = NIBBLE_SOURCE_DIR "/tests/edge/targets";  // tests/edge/targets

struct Target {
  std::string name, compiler, flags, link, emulator, packages;
};

Target cortex_m() {
  const std::string files = str(kTargets.string(), "/cortex_m.c ", kTargets.string(), "/print.c");
  return {
      "a Cortex-M4 that traps unaligned words",
      "arm-none-eabi-gcc",
      str("-mcpu=cortex-m4 -mthumb -ffreestanding -I ", kTargets.string(), "/include"),
      str("-nostdlib -Wl,--no-warn-rwx-segments -T ", kTargets.string(), "/cortex_m.ld ", files, " -lgcc"),
      "timeout 60 qemu-system-arm -M mps2-an386 -nographic -semihosting-config enable=on,target=native "
      "-kernel",
      "gcc-arm-none-eabi and qemu-system-arm"};
}

Target riscv() {
  const std::string files = str(kTargets.string(), "/riscv.c ", kTargets.string(), "/print.c");
  return {
      "a RISC-V of 32 bits",
      "riscv64-unknown-elf-gcc",
      str("-march=rv32imac -mabi=ilp32 -mcmodel=medany -ffreestanding -I ", kTargets.string(), "/include"),
      str("-nostdlib -T ", kTargets.string(), "/riscv.ld ", files, " -lgcc"),
      "timeout 60 qemu-system-riscv32 -M virt -bios none -nographic -monitor none -kernel",
      "gcc-riscv64-unknown-elf and qemu-system-misc"};
}

Target big_endian() {
  return {"a big-endian PowerPC",
          "powerpc-linux-gnu-gcc",
          "",
          "-static",
          "qemu-ppc",
          "gcc-powerpc-linux-gnu and qemu-user"};
}

bool is_installed(const std::string& command) {
  return std::system(str("command -v ", command, " > /dev/null 2>&1").c_str()) == 0;
}

// The program itself stands behind "timeout 60" where it has that in front.
std::string program_of(const std::string& emulator) {
  const std::string timeout = "timeout 60 ";
  const std::string command = emulator.starts_with(timeout) ? emulator.substr(timeout.size()) : emulator;
  return command.substr(0, command.find(' '));
}

bool can_run(const Target& target) {
  if (is_installed(target.compiler) && is_installed(program_of(target.emulator))) return true;
  WARN("skipped on " << target.name << ": the Debian packages " << target.packages << " are not installed");
  return false;
}

int check_on(const Target& target, const fs::path& directory, const std::string& optimization) {
  return shell(directory, str("make check CC=", target.compiler, " CFLAGS='", optimization, " ", target.flags,
                              "' LDFLAGS='", target.link, "' RUN='", target.emulator, "'"));
}

void check_models_on(const Target& target, const std::vector<std::string>& optimizations) {
  if (!can_run(target)) return;
  for (const std::string& optimization : optimizations) {
    INFO(target.name << " " << optimization);
    const Scratch image;
    emit_c(graph_of_every_op(1), image.path);
    CHECK(check_on(target, image.path, optimization) == 0);
    CHECK_THAT(read(image.path / "log.txt"), Catch::Contains(" layers, 0 differ"));
    for (const bool by_distance : {false, true}) {
      const Scratch detector;
      emit_c(random_detector(1, {.by_distance = by_distance}), detector.path);
      CHECK(check_on(target, detector.path, optimization) == 0);
      CHECK_THAT(read(detector.path / "log.txt"), Catch::Contains("PASS  boxes"));
    }
    for (const std::uint64_t seed : {0, 3, 4}) {
      const Scratch text;
      emit_c(random_text_graph(seed), text.path);
      CHECK(check_on(target, text.path, optimization) == 0);
      CHECK_THAT(read(text.path / "log.txt"), Catch::Contains(" layers, 0 differ"));
    }
  }
}

}  // namespace

TEST_CASE("emitted_models_are_exact_on_a_cortex_m_that_traps_unaligned_words") {
  check_models_on(cortex_m(), {"-Os", "-O2", "-O3"});
}

TEST_CASE("emitted_models_are_exact_on_a_riscv") { check_models_on(riscv(), {"-O2"}); }

TEST_CASE("emitted_models_are_exact_on_a_big_endian_processor") { check_models_on(big_endian(), {"-O2"}); }

TEST_CASE("the_emulated_cortex_m_traps_an_unaligned_word") {
  const Target target = cortex_m();
  if (!can_run(target)) return;
  const Scratch scratch;
  const std::string source = (kTargets / "unaligned_word.c").string();
  REQUIRE(shell(scratch.path,
                str(target.compiler, " ", target.flags, " ", source, " ", target.link, " -o program")) == 0);
  CHECK(shell(scratch.path, str(target.emulator, " program; test $? = 99")) == 0);
}

}  // namespace nibble::edge::targets_test
