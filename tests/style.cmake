# What is true of the sources as text.
add_test(NAME layering COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR}
  -P ${CMAKE_CURRENT_LIST_DIR}/layering_test.cmake)

# The layering test itself can fail, and says where.
foreach(expected
    "core/wrong.h:3: core/ includes autograd/var.h, expected headers of core, core/simd only"
    "autograd/wrong.cpp:1: <dnnl.hpp> may be included in "
    "edge/kernels/portable/wrong.c:2: a kernel includes stdlib.h, expected stdint.h ")
  string(REGEX REPLACE "/.*" "" folder ${expected})
  add_test(NAME layering_refuses_a_wrong_include_in_${folder} COMMAND ${CMAKE_COMMAND}
    -DROOT=${CMAKE_CURRENT_LIST_DIR}/fixtures/layering -P ${CMAKE_CURRENT_LIST_DIR}/layering_test.cmake)
  set_tests_properties(layering_refuses_a_wrong_include_in_${folder} PROPERTIES PASS_REGULAR_EXPRESSION ${expected})
endforeach()

add_test(NAME format COMMAND ${CMAKE_CURRENT_LIST_DIR}/format_test.sh ${PROJECT_SOURCE_DIR})
add_test(NAME headers_compile_alone COMMAND ${CMAKE_CURRENT_LIST_DIR}/headers_test.sh ${PROJECT_SOURCE_DIR}
  ${CMAKE_CURRENT_BINARY_DIR}/headers ${CMAKE_CXX_COMPILER} -std=c++20 ${OpenMP_CXX_FLAGS}
  $<$<BOOL:${NIBBLE_ISA}>:-march=${NIBBLE_ISA}> $<$<BOOL:${NIBBLE_ONEDNN}>:-DNIBBLE_ONEDNN>
  "-I$<JOIN:$<FILTER:$<TARGET_PROPERTY:nibble_experiments,INCLUDE_DIRECTORIES>,EXCLUDE,^/usr/include$>,;-isystem;>"
  COMMAND_EXPAND_LISTS)
