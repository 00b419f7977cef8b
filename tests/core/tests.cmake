# tests of core/

nibble_test(files
  SOURCES
    core/atomic_file_test.cpp
    core/file_kind_test.cpp
    core/hdf5_file_test.cpp
    core/safetensors_test.cpp
    core/sealed_file_test.cpp
  LINK nibble_files)

nibble_test(core
  SOURCES
    core/array_test.cpp
    core/buffer_pool_test.cpp
    core/free_ranges_test.cpp
    core/parallel_test.cpp
    core/random_test.cpp
    core/shape_test.cpp
    core/suggest_test.cpp
    core/kernels/activation_test.cpp
    core/kernels/byte_table_test.cpp
    core/kernels/cholesky_test.cpp
    core/kernels/channel_stats_test.cpp
    core/kernels/code_conv2d_test.cpp
    core/kernels/conv2d_codes_test.cpp
    core/kernels/conv2d_test.cpp
    core/kernels/elementwise_test.cpp
    core/kernels/integer_conv2d_test.cpp
    core/kernels/matmul_codes_test.cpp
    core/kernels/matmul_test.cpp
    core/kernels/pool_test.cpp
  LINK nibble_core)

# The same on a processor that multiplies neither bytes nor bfloat16 numbers, as far as oneDNN is told.
if(NIBBLE_ONEDNN AND NOT NIBBLE_SANITIZE)
  add_test(NAME core_without_byte_products COMMAND core_test --order lex "*codes*,*bfloat16*,*integer*")
  set_tests_properties(core_without_byte_products PROPERTIES ENVIRONMENT "ONEDNN_MAX_CPU_ISA=AVX2;GOMP_SPINCOUNT=1000")
endif()
