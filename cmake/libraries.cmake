# What takes long to compile or computes with floats stays alone: both processors have work, and no sum gets other bits
# because a neighbour in the same batch was inlined into it.
nibble_library(core KERNELS FOLDERS core EXCEPT "^core/(files|kernels/onednn)/" LINK Eigen3::Eigen OpenMP::OpenMP_CXX
  ALONE "/core/kernels/(conv/depthwise|integer/|matrix/cholesky|plain/|pointwise/|recurrent/)"
  PRECOMPILE <Eigen/Core> <algorithm> <cmath> <vector> "core/array.h" "core/check.h" "core/parallel.h")
target_compile_definitions(nibble_core${twin} PUBLIC EIGEN_DONT_PARALLELIZE)
if(NIBBLE_ONEDNN)
  nibble_sources(onednn core/kernels/onednn)
  target_sources(nibble_core${twin} PRIVATE ${onednn})
  target_compile_definitions(nibble_core${twin} PRIVATE NIBBLE_ONEDNN)
  target_link_libraries(nibble_core${twin} PRIVATE OneDNN::OneDNN)
endif()

# Only datasets, edge and experiments read and write files.
nibble_library(files FOLDERS core/files interchange COLD "."
  LINK nibble_core ${NIBBLE_HDF5_HL} PkgConfig::FILES fmt::fmt nlohmann_json::nlohmann_json)
target_precompile_headers(nibble_files${twin}_cold PRIVATE  # early, for all that is COLD and links it: nobody waits for them
  <filesystem> <fmt/format.h> <fstream> <functional> <iostream> <map> <nlohmann/json.hpp>)

nibble_library(autograd FOLDERS autograd COLD "/autograd/(backward|record|tape_listener|var)\\." LINK nibble_core)
nibble_library(quant KERNELS FOLDERS quant ALONE "/quant/" LINK nibble_autograd
  PRECOMPILE <algorithm> <cmath> <functional> <vector> "autograd/var.h" "core/check.h" "core/parallel.h")
nibble_library(layers FOLDERS layers LINK nibble_quant
  COLD "/layers/((activation|layer|merge|pool|walk)[a-z_]*\\.|models/|darknet/(cfg|darknet|file)|network/[^cer]|network/(chains|run))")
nibble_library(datasets FOLDERS datasets ALONE "/datasets/images/resample"
  COLD "/datasets/([a-z]+\\.|(coco|fetch|files|stream|text)/|images/(batches|choose|cifar|images_in|kept)|pictures/[^djo])" LINK nibble_files OpenSSL::Crypto CURL::libcurl ZLIB::ZLIB)

# g++ vectorizes std::floor and the masks of the straight-through gradient only where floating-point exception
# flags need not be kept: fake_quantize's backward takes 0.6 ms instead of 17 for 2.1 M values. Nobody reads
# those flags, and no value changes.
target_compile_options(nibble_quant${twin} PRIVATE -fno-trapping-math)
set(activation ${PROJECT_SOURCE_DIR}/core/kernels/pointwise/activation.cpp)  # for lanes::floor
set_property(SOURCE ${activation} APPEND PROPERTY COMPILE_OPTIONS -fno-trapping-math)
set_property(SOURCE ${activation} PROPERTY SKIP_PRECOMPILE_HEADERS ON)  # they are compiled without that option
