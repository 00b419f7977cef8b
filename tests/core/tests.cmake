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
    core/parallel_test.cpp
    core/random_test.cpp
    core/shape_test.cpp
    core/suggest_test.cpp
    core/kernels/channel_stats_test.cpp
    core/kernels/conv2d_codes_test.cpp
    core/kernels/conv2d_test.cpp
    core/kernels/elementwise_test.cpp
    core/kernels/matmul_test.cpp
    core/kernels/pool_test.cpp
  LINK nibble_core)
