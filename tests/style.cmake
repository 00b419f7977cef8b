# What is true of the sources as text, and of ./nibble.
foreach(test layering format script fuzz report)
  add_test(NAME ${test} COMMAND ${CMAKE_CURRENT_LIST_DIR}/${test}_test.sh ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
endforeach()
add_test(NAME headers COMMAND ${CMAKE_CURRENT_LIST_DIR}/headers_test.sh ${PROJECT_SOURCE_DIR}
  ${CMAKE_CURRENT_BINARY_DIR}/headers ${CMAKE_CXX_COMPILER} -std=c++20 ${OpenMP_CXX_FLAGS}
  $<$<BOOL:${NIBBLE_ISA}>:-march=${NIBBLE_ISA}> $<$<BOOL:${NIBBLE_ONEDNN}>:-DNIBBLE_ONEDNN>
  "-I$<JOIN:$<FILTER:$<TARGET_PROPERTY:nibble_experiments,INCLUDE_DIRECTORIES>,EXCLUDE,^/usr/include$>,;-isystem;>"
  COMMAND_EXPAND_LISTS)
set_tests_properties(headers fuzz PROPERTIES COST 3 TIMEOUT 3600)  # the longest begin first

# The layering test itself can fail, and says where.
foreach(expected
    "core/wrong.h:3: core/ includes autograd/var.h, expected headers of core core/simd only"
    "autograd/wrong.cpp:1: <dnnl.hpp> may be included in "
    "edge/kernels/portable/wrong.c:2: a kernel includes stdlib.h, expected stdint.h ")
  string(REGEX REPLACE "/.*" "" folder ${expected})
  set(test layering_refuses_a_wrong_include_in_${folder})
  add_test(NAME ${test} COMMAND ${CMAKE_CURRENT_LIST_DIR}/layering_test.sh ${CMAKE_CURRENT_LIST_DIR}/fixtures/layering)
  set_tests_properties(${test} PROPERTIES PASS_REGULAR_EXPRESSION ${expected})
endforeach()
