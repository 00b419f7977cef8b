# The libraries that are nothing but their sources.

nibble_library(core FOLDERS core EXCEPT "^core/(files|kernels/onednn)/" LINK Eigen3::Eigen OpenMP::OpenMP_CXX DOUBLE)
foreach(library nibble_core nibble_core_f64)
  if(TARGET ${library})
    target_compile_definitions(${library} PUBLIC EIGEN_DONT_PARALLELIZE)
  endif()
endforeach()
if(NIBBLE_ONEDNN)
  nibble_sources(onednn core/kernels/onednn)
  target_sources(nibble_core PRIVATE ${onednn})
  target_compile_definitions(nibble_core PRIVATE NIBBLE_ONEDNN)
  target_link_libraries(nibble_core PRIVATE OneDNN::OneDNN)
endif()

# Only datasets, edge and experiments read and write files. Dimension scales are in HDF5's high-level library, which
# has no pkg-config file.
find_library(NIBBLE_HDF5_HL NAMES hdf5_hl hdf5_serial_hl HINTS ${HDF5_LIBRARY_DIRS} REQUIRED)
nibble_library(files FOLDERS core/files interchange
  LINK nibble_core ${NIBBLE_HDF5_HL} PkgConfig::HDF5 PkgConfig::XXHASH nlohmann_json::nlohmann_json)

nibble_library(autograd FOLDERS autograd LINK nibble_core DOUBLE)
nibble_library(quant FOLDERS quant LINK nibble_autograd DOUBLE)
nibble_library(layers FOLDERS layers LINK nibble_quant DOUBLE)
nibble_library(datasets FOLDERS datasets LINK nibble_core OpenSSL::Crypto CURL::libcurl ZLIB::ZLIB)

# g++ vectorizes std::floor and the masks of the straight-through gradient only where floating-point exception
# flags need not be kept: fake_quantize's backward takes 0.6 ms instead of 17 for 2.1 M values. Nobody reads
# those flags, and no value changes.
foreach(library nibble_quant nibble_quant_f64)
  if(TARGET ${library})
    target_compile_options(${library} PRIVATE -fno-trapping-math)
  endif()
endforeach()
set_source_files_properties(${PROJECT_SOURCE_DIR}/core/kernels/pointwise/activation.cpp PROPERTIES
  COMPILE_OPTIONS -fno-trapping-math)  # for lanes::floor
