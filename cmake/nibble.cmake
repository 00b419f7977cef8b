# What every target of the project shares, and the helpers that define libraries. Sources are found, not listed: a new
# file in a folder belongs to the folder's library at the next build.
add_library(nibble_options INTERFACE)
target_include_directories(nibble_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(nibble_options INTERFACE -Wall -Wextra -Wpedantic
  $<$<COMPILE_LANGUAGE:CXX>:-Wshadow>
  # g++ 12 suspects its own avx512fintrin.h wherever Eigen is vectorized with AVX-512 (GCC bug 105593).
  -Wno-maybe-uninitialized
  # ... and suspects std::string operator+ of a literal and a string (GCC bug 105651).
  -Wno-restrict
  # core/simd/lanes.h: vectors longer than a register never cross a call.
  -Wno-psabi
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=2097152>  # a tenth of its time: units need 1.6 GB instead of 1.3
  $<$<BOOL:${NIBBLE_WERROR}>:-Werror> $<$<BOOL:${NIBBLE_ISA}>:-march=${NIBBLE_ISA}>)
# -Wno-uninitialized: as above. -g1: line numbers are all that a report needs. Checks before each access for what the
# address sanitizer or the processor stops anyway would be a third of the compile time. -no-pie: half of the time in which
# a program starts, since the instruments' 600,000 addresses are known when it is linked.
add_library(nibble_options_sanitized INTERFACE)
target_link_libraries(nibble_options_sanitized INTERFACE nibble_options)
target_compile_options(nibble_options_sanitized INTERFACE -g1 -fsanitize=address,undefined -fno-sanitize-recover=all
  -fno-omit-frame-pointer -Wno-uninitialized $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize=null,alignment,object-size,vptr>)
target_link_options(nibble_options_sanitized INTERFACE -fsanitize=address,undefined -no-pie)
# Libraries, program and tests are defined for "" and, where NIBBLE_SANITIZE is on, for "_sanitized": their twins.
if(NIBBLE_SANITIZE)
  set(sanitized _sanitized)
endif()

# nibble_sources(VARIABLE FOLDER... [EXCEPT REGEX]): the .cpp files below the folders.
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

# Compiles the sources of a target BATCH (16) at a time, but those that match ALONE. Names in anonymous namespaces have to
# differ within a namespace of a target; the compiler says where they do not. HEADERS: the target that has compiled headers before.
function(nibble_unity target)
  cmake_parse_arguments(ARG "" "ALONE;BATCH;HEADERS" "" BATCH 16 ${ARGN})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${NIBBLE_UNITY} UNITY_BUILD_BATCH_SIZE ${ARG_BATCH})
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # a batch has several main files with types of their own
  if(TARGET "${ARG_HEADERS}")
    target_precompile_headers(${target} REUSE_FROM ${ARG_HEADERS})
  endif()
  if(ARG_ALONE)
    get_target_property(alone ${target} SOURCES)
    list(FILTER alone INCLUDE REGEX "${ARG_ALONE}")
    set_property(SOURCE ${alone} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# nibble_objects(TARGET NAME OPTION SOURCE...): objects of TARGET that are compiled with an option of their own. A source that
# the build writes is one, too: in TARGET it would be written after all that TARGET links, with one processor idle.
function(nibble_objects target name option)
  add_library(${name} OBJECT ${ARGN})
  target_compile_options(${name} PRIVATE ${option})
  target_link_libraries(${name} PRIVATE nibble_options${twin})
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${name}>)
endfunction()

# nibble_library(core [KERNELS] FOLDERS core [EXCEPT REGEX] [ALONE REGEX] [COLD REGEX] [PRECOMPILE <header> ...] LINK ...)
# defines nibble_core${twin}. -Og, which compiles twice as fast as -O1: for COLD sources, which do not compute, and for all
# that is sanitized but KERNELS, where tests spend their time. What computes with numbers of a network is not COLD: -Og fuses
# no product with a sum, which moves bits. Nor is what runs once a layer of integers, which shows in a network of 0.2 ms.
function(nibble_library name)
  cmake_parse_arguments(ARG "KERNELS" "EXCEPT;ALONE;COLD" "FOLDERS;PRECOMPILE;LINK" ${ARGN})
  nibble_sources(sources ${ARG_FOLDERS} EXCEPT "${ARG_EXCEPT}")
  set(library nibble_${name}${twin})
  set(link nibble_options ${ARG_LINK})
  list(TRANSFORM link APPEND "${twin}" REGEX "^nibble_")
  add_library(${library} STATIC)
  target_link_libraries(${library} PUBLIC ${link})
  if(ARG_COLD)
    set(cold ${sources})
    list(FILTER cold INCLUDE REGEX "${ARG_COLD}")
    list(FILTER sources EXCLUDE REGEX "${ARG_COLD}")
    nibble_objects(${library} ${library}_cold -Og ${cold})
    target_link_libraries(${library}_cold PRIVATE ${link})
    string(REGEX MATCH "nibble_files[a-z_]*" files "${link}")
    nibble_unity(${library}_cold BATCH 80 HEADERS ${files}_cold)
  endif()
  target_sources(${library} PRIVATE ${sources})
  target_compile_options(${library} PRIVATE $<$<BOOL:${twin}>:$<IF:$<BOOL:${ARG_KERNELS}>,-O1,-Og>>)
  nibble_unity(${library} ALONE "${ARG_ALONE}")
  target_precompile_headers(${library} PRIVATE ${ARG_PRECOMPILE})
endfunction()
