# Defines OneDNN::OneDNN. Debian's own dnnl-config.cmake asks for OpenCL's development files, which its package does not
# depend on and which a processor-only program does not need, so header and library are looked up directly.
find_path(ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
find_library(ONEDNN_LIBRARY dnnl REQUIRED)
file(STRINGS "${ONEDNN_INCLUDE_DIR}/oneapi/dnnl/dnnl_version.h" version REGEX "^#define DNNL_VERSION_(MAJOR|MINOR|PATCH) ")
string(REGEX REPLACE "[^0-9;]" "" version "${version}")
string(REPLACE ";" "." version "${version}")
if(version VERSION_LESS 2.6)
  message(FATAL_ERROR "found oneDNN ${version} in ${ONEDNN_INCLUDE_DIR}, expected 2.6 or later")
endif()
add_library(OneDNN::OneDNN UNKNOWN IMPORTED)
set_target_properties(OneDNN::OneDNN PROPERTIES IMPORTED_LOCATION "${ONEDNN_LIBRARY}"
  INTERFACE_INCLUDE_DIRECTORIES "${ONEDNN_INCLUDE_DIR}")
