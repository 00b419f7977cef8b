# nibble-portable: the whole program once for each level of x86-64, in one file that asks the processor when it starts
# (experiments/portable_main.cpp). Each level is a build of its own, whose objects are linked into one with a single
# global name: without that, the linker would keep one copy of an inline function for all levels, and a processor
# could meet instructions that it lacks.
include(ExternalProject)
set(levels x86-64-v2 x86-64-v3 x86-64-v4)
foreach(level IN LISTS levels)
  set(directory ${CMAKE_BINARY_DIR}/${level})
  ExternalProject_Add(nibble_${level}
    SOURCE_DIR ${PROJECT_SOURCE_DIR} BINARY_DIR ${directory} INSTALL_COMMAND "" BUILD_ALWAYS ON
    CMAKE_ARGS -DCMAKE_CXX_FLAGS=-fno-gnu-unique  # unique names stay global whatever objcopy is told
               -DNIBBLE_ISA=${level} -DNIBBLE_TESTS=OFF -DNIBBLE_ONEDNN=${NIBBLE_ONEDNN} -DNIBBLE_WERROR=${NIBBLE_WERROR}
               -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER} -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
    BUILD_COMMAND ${CMAKE_COMMAND} --build ${directory} --target nibble_part
    BUILD_BYPRODUCTS ${directory}/nibble_part.o)
  list(APPEND parts ${directory}/nibble_part.o)
endforeach()

set_source_files_properties(${parts} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_executable(nibble-portable experiments/portable_main.cpp ${parts})
list(TRANSFORM levels PREPEND nibble_)
add_dependencies(nibble-portable ${levels})
target_link_libraries(nibble-portable PRIVATE OpenMP::OpenMP_CXX Boost::program_options ${NIBBLE_HDF5_HL}
  PkgConfig::FILES fmt::fmt CURL::libcurl ZLIB::ZLIB OpenSSL::Crypto $<TARGET_NAME_IF_EXISTS:OneDNN::OneDNN> ${CMAKE_DL_LIBS})
install(TARGETS nibble-portable)
