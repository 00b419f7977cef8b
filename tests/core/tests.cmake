# tests of core/

nibble_test(files
  SOURCES
    core/atomic_file_test.cpp
    core/file_kind_test.cpp
    core/hdf5_file_test.cpp
    core/safetensors_test.cpp
    core/sealed_file_test.cpp
  LINK nibble_files)
