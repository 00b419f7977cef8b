# Every header compiles alone. One whose source of the same name begins with it (layering_test.cmake sees to that) is
# proven by that source; for each of the others this makes a source that includes it, twice, and nothing else.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
  ${PROJECT_SOURCE_DIR}/core/*.h ${PROJECT_SOURCE_DIR}/interchange/*.h ${PROJECT_SOURCE_DIR}/autograd/*.h ${PROJECT_SOURCE_DIR}/quant/*.h
  ${PROJECT_SOURCE_DIR}/layers/*.h ${PROJECT_SOURCE_DIR}/datasets/*.h ${PROJECT_SOURCE_DIR}/edge/*.h
  ${PROJECT_SOURCE_DIR}/experiments/*.h ${PROJECT_SOURCE_DIR}/bench/*.h)
list(FILTER headers EXCLUDE REGEX "^bench/kernels/")  # google-benchmark need not be there
set(sources)
foreach(header IN LISTS headers)
  string(REGEX REPLACE "\\.h$" ".cpp" own ${header})
  if(EXISTS ${PROJECT_SOURCE_DIR}/${own})
    continue()
  endif()
  if(header MATCHES "^edge/kernels/")
    set(language c)
  else()
    set(language cpp)
  endif()
  string(REPLACE "/" "_" stem ${header})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${stem}.${language})
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
  list(APPEND sources ${source})
endforeach()

add_library(headers_compile_alone OBJECT EXCLUDE_FROM_ALL ${sources})
target_link_libraries(headers_compile_alone PRIVATE nibble_experiments)
target_compile_options(headers_compile_alone PRIVATE -O0)
if(NIBBLE_ONEDNN)
  target_link_libraries(headers_compile_alone PRIVATE OneDNN::OneDNN)
endif()
add_test(NAME headers_compile_alone
  COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target headers_compile_alone)
