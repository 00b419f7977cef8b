#include "edge/emit/build_files.h"

#include "core/check.h"
#include "edge/emit/package_files.h"

namespace nibble::edge {

namespace {

// "a.c b.c", or with another ending: "a.o b.o".
std::string listed(const std::vector<std::string>& sources, const std::string& ending = ".c") {
  std::string text;
  for (const std::string& source : sources)
    text += (text.empty() ? "" : " ") + source.substr(0, source.rfind('.')) + ending;
  return text;
}

}  // namespace

std::string makefile(const ModelNames& names, const std::vector<std::string>& sources) {
  const std::string library = str("lib", names.lower, ".a");
  return str(
      "# ", first_words("Makefile"), ".\n#\n#   make lib     ", library,
      ": the model and its kernels\n"
      "#   make check   compiles the model, runs it and compares every layer with the host's reference\n"
      "#   make size    bytes of each object of the library\n"
      "#   make clean\n#\n"
      "# For a device: make check CC=arm-linux-gnueabihf-gcc RUN='qemu-arm -L /usr/arm-linux-gnueabihf'. RUN "
      "stands\n"
      "# in front of the program. Every target compiles all: what is there may be of another compiler.\n"
      "CC ?= cc\nAR ?= ar\nSIZE ?= size\nRUN ?=\nLDFLAGS ?=\nSTANDARD ?= -std=c99\n"
      "CFLAGS ?= -O2 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion\n\n"
      "SOURCES = ",
      listed(sources), "\nOBJECTS = ", listed(sources, ".o"),
      "\n\nlib:\n"
      "\trm -f ",
      library,
      " $(OBJECTS)\n"
      "\t$(CC) $(STANDARD) $(CFLAGS) -c $(SOURCES)\n"
      "\t$(AR) rcs ",
      library,
      " $(OBJECTS)\n\n"
      "check:\n"
      "\trm -f selftest\n"
      "\t$(CC) $(STANDARD) $(CFLAGS) -D",
      names.upper,
      "_TRACE -o selftest selftest.c $(SOURCES) $(LDFLAGS)\n"
      "\t$(RUN) ./selftest\n\n"
      "size: lib\n\t$(SIZE) ",
      library, "\n\nclean:\n\trm -f selftest ", library, " $(OBJECTS)\n\n.PHONY: lib check size clean\n");
}

std::string cmake_lists(const ModelNames& names, const std::vector<std::string>& sources) {
  const std::string& name = names.lower;
  return str("# ", first_words("CMakeLists.txt"),
             ".\n# In another project: add_subdirectory(...) and target_link_libraries(... ", name,
             ").\ncmake_minimum_required(VERSION 3.13)\nproject(", name, " C)\n\nset(", name, "_sources ",
             listed(sources), ")\nadd_library(", name, " STATIC ${", name,
             "_sources})\ntarget_include_directories(", name,
             " PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})\nset_target_properties(", name,
             " PROPERTIES C_STANDARD 99)\n\n"
             "if(CMAKE_SOURCE_DIR STREQUAL CMAKE_CURRENT_SOURCE_DIR)\n  enable_testing()\n"
             "  add_executable(selftest selftest.c ${",
             name,
             "_sources})\n  set_target_properties(selftest PROPERTIES C_STANDARD 99)\n"
             "  target_compile_definitions(selftest PRIVATE ",
             names.upper, "_TRACE)\n  add_test(NAME selftest COMMAND selftest)\nendif()\n");
}

}  // namespace nibble::edge
