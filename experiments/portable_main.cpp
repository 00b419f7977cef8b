// The program for each level of x86-64, in one file (cmake/portable.cmake); the processor decides which one
// runs. NIBBLE_LEVEL=x86-64-v2 in the environment chooses a lower one: to compare, or to see what another
// machine would do.

#include <cstdlib>
#include <cstring>
#include <iostream>

extern "C" {
int nibble_main_x86_64_v2(int count, char** words);
int nibble_main_x86_64_v3(int count, char** words);
int nibble_main_x86_64_v4(int count, char** words);
}

namespace {

struct Level {
  const char* name;
  bool supported;
  int (*run)(int count, char** words);
};

}  // namespace

int main(int count, char** words) {
  __builtin_cpu_init();
  const Level levels[] = {
      {"x86-64-v4", __builtin_cpu_supports("x86-64-v4") != 0, nibble_main_x86_64_v4},
      {"x86-64-v3", __builtin_cpu_supports("x86-64-v3") != 0, nibble_main_x86_64_v3},
      {"x86-64-v2", __builtin_cpu_supports("x86-64-v2") != 0, nibble_main_x86_64_v2},
  };
  const char* const wanted = std::getenv("NIBBLE_LEVEL");
  for (const Level& level : levels) {
    if (wanted != nullptr && std::strcmp(wanted, level.name) != 0) continue;
    if (level.supported) return level.run(count, words);
    if (wanted != nullptr) {
      std::cerr << "nibble: NIBBLE_LEVEL is " << wanted << ", which this processor does not support\n";
      return 2;
    }
  }
  if (wanted != nullptr) {
    std::cerr << "nibble: found NIBBLE_LEVEL '" << wanted
              << "', expected x86-64-v2, x86-64-v3 or x86-64-v4\n";
  } else {
    std::cerr << "nibble: this processor lacks x86-64-v2 (SSE4.2, POPCNT), which nibble needs\n";
  }
  return 2;
}
