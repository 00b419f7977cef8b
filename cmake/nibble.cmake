# What every target of the project shares, and the two helpers that define libraries and tests. Sources are found, not
# listed: a new file in a folder belongs to the folder's library at the next build.

add_library(nibble_options INTERFACE)
target_include_directories(nibble_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(nibble_options INTERFACE -Wall -Wextra -Wpedantic
  $<$<COMPILE_LANGUAGE:CXX>:-Wshadow>
  # g++ 12 suspects its own avx512fintrin.h wherever Eigen is vectorized with AVX-512 (GCC bug 105593).
  -Wno-maybe-uninitialized
  # ... and suspects std::string operator+ of a literal and a string (GCC bug 105651).
  -Wno-restrict
  # core/simd/lanes.h: vectors longer than a register never cross a call.
  -Wno-psabi)
if(NIBBLE_WERROR)
  target_compile_options(nibble_options INTERFACE -Werror)
endif()
if(NIBBLE_ISA)
  target_compile_options(nibble_options INTERFACE -march=${NIBBLE_ISA})
endif()
if(NIBBLE_SANITIZE)
  # -Wno-uninitialized: as above, at -O1. -g1: line numbers are all that a report needs.
  target_compile_options(nibble_options INTERFACE -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all
    -fno-omit-frame-pointer -Wno-uninitialized)
  target_link_options(nibble_options INTERFACE -fsanitize=address,undefined)
endif()

# nibble_sources(VARIABLE FOLDER... [EXCEPT REGEX]): the .cpp files below the folders, by path from the root.
function(nibble_sources variable)
  cmake_parse_arguments(ARG "" "EXCEPT" "" ${ARGN})
  list(TRANSFORM ARG_UNPARSED_ARGUMENTS REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/\\1/*.cpp" OUTPUT_VARIABLE patterns)
  file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${patterns})
  if(ARG_EXCEPT)
    list(FILTER found EXCLUDE REGEX "${ARG_EXCEPT}")
  endif()
  list(TRANSFORM found PREPEND ${PROJECT_SOURCE_DIR}/)
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# nibble_library(core FOLDERS core [EXCEPT REGEX] LINK nibble_x ... [DOUBLE])
# defines nibble_core; with DOUBLE also nibble_core_f64, the same sources with Real = double for gradient checks.
function(nibble_library name)
  cmake_parse_arguments(ARG "DOUBLE" "EXCEPT" "FOLDERS;LINK" ${ARGN})
  nibble_sources(sources ${ARG_FOLDERS} EXCEPT "${ARG_EXCEPT}")
  add_library(nibble_${name} STATIC ${sources})
  target_link_libraries(nibble_${name} PUBLIC nibble_options ${ARG_LINK})
  if(ARG_DOUBLE AND NIBBLE_TESTS)
    list(TRANSFORM ARG_LINK REPLACE "^(nibble_.+)$" "\\1_f64")
    add_library(nibble_${name}_f64 STATIC ${sources})
    target_compile_definitions(nibble_${name}_f64 PUBLIC NIBBLE_REAL_DOUBLE)
    target_link_libraries(nibble_${name}_f64 PUBLIC nibble_options ${ARG_LINK})
  endif()
endfunction()

# nibble_test(core FOLDERS core [EXCEPT REGEX] [SOURCES core/a_test.cpp ...] LINK nibble_core [LABELS slow]) defines
# core_test, one program of test cases from below tests/, and the test `core` that runs them; `core_sanitized` in a
# build with sanitizers, which leaves slow tests out.
function(nibble_test name)
  cmake_parse_arguments(ARG "" "EXCEPT" "FOLDERS;SOURCES;LINK;LABELS" ${ARGN})
  if(NIBBLE_SANITIZE AND "slow" IN_LIST ARG_LABELS)
    return()
  endif()
  set(sources)
  if(ARG_FOLDERS)
    list(TRANSFORM ARG_FOLDERS PREPEND tests/)
    nibble_sources(sources ${ARG_FOLDERS} EXCEPT "${ARG_EXCEPT}")
  endif()
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/tests/)
  add_executable(${name}_test ${sources} ${ARG_SOURCES})
  target_link_libraries(${name}_test PRIVATE nibble_test_main ${ARG_LINK})
  target_compile_options(${name}_test PRIVATE -O1)  # test cases run once: compiling them is what takes time
  set(program ${name}_test)
  if(NIBBLE_SANITIZE)
    string(APPEND name _sanitized)
    list(APPEND ARG_LABELS sanitized)
  endif()
  add_test(NAME ${name} COMMAND ${program} --order lex --durations no)
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" SKIP_RETURN_CODE 77
    ENVIRONMENT GOMP_SPINCOUNT=1000)  # tests run side by side: experiments/process/spinning.h
endfunction()
