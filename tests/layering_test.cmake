# Includes point left only (docs/architecture.md, "Who may include whom"). Reads the includes below ROOT and fails, naming
# file and line:   cmake -DROOT=<source tree> -P tests/layering_test.cmake
cmake_minimum_required(VERSION 3.25)

# folder: the folders that its files may include
set(core_sees core)
set(autograd_sees core autograd)
set(quant_sees core autograd quant)
set(layers_sees core autograd quant layers)
set(datasets_sees core datasets)
set(edge_sees core quant layers edge)
set(experiments_sees core autograd quant layers datasets edge experiments)
set(bench_sees ${experiments_sees} bench)
set(tests_sees ${bench_sees} tests)
set(folders core autograd quant layers datasets edge experiments bench tests)

# library header (a regular expression): where it may be included (another one)
set(library_rules
  "^(dnnl|oneapi/)|^(core/kernels/onednn_[a-z0-9_]+|bench/int8_chain)\\.(cpp|h)$"
  "^omp\\.h$|^core/parallel\\.cpp$"
  "^(Eigen|unsupported)/|^(core|autograd|tests|bench)/"
  "^hdf5|^(core/hdf5_file|tests/.*)\\.(h|cpp)$"
  "^nlohmann/|^(core/safetensors|experiments/.*|bench/.*|tests/.*)\\.(h|cpp)$"
  "^boost/|^experiments/"
  "^(curl|openssl)/|^datasets/"
  "^catch2/|^(tests|bench)/")

# Files on disk are the business of data, edge and experiments; the core of a training step knows none.
set(file_headers "^core/(atomic_file|file_kind|hdf5_file|safetensors|sealed_file)\\.h$")
set(may_use_files "^(core/(atomic_file|file_kind|hdf5_file|safetensors|sealed_file)\\.|datasets/|edge/|experiments/|bench/|tests/)")

set(faults 0)

# Reports the first line of a file that holds `text`.
function(fault file text sentence)
  file(READ "${ROOT}/${file}" content)
  string(FIND "${content}" "${text}" at)
  string(SUBSTRING "${content}" 0 ${at} before)
  string(REGEX MATCHALL "\n" newlines "${before}")
  list(LENGTH newlines line)
  math(EXPR line "${line} + 1")
  message("${file}:${line}: ${sentence}")
  math(EXPR faults "${faults} + 1")
  set(faults ${faults} PARENT_SCOPE)
endfunction()

# C of the device: nothing but stdint.h and its own headers.
function(check_kernel file text included)
  get_filename_component(folder "${ROOT}/${file}" DIRECTORY)
  if(NOT included STREQUAL "stdint.h" AND NOT (included MATCHES "^nbl_" AND EXISTS "${folder}/${included}"))
    fault("${file}" "${text}" "a kernel includes ${included}, expected stdint.h or another nbl_ header of its folder")
  endif()
  set(faults ${faults} PARENT_SCOPE)
endfunction()

function(check_project_include file text included)
  string(REGEX REPLACE "/.*" "" from "${file}")
  string(REGEX REPLACE "/.*" "" to "${included}")
  if(NOT EXISTS "${ROOT}/${included}")
    fault("${file}" "${text}" "\"${included}\" is no file below the root; includes are written by path from there")
  elseif(NOT to IN_LIST ${from}_sees)
    string(REPLACE ";" ", " allowed "${${from}_sees}")
    fault("${file}" "${text}" "${from}/ includes ${included}, expected headers of ${allowed} only")
  elseif(included MATCHES "${file_headers}" AND NOT file MATCHES "${may_use_files}")
    fault("${file}" "${text}" "${included} is for those who read and write files: datasets, edge, experiments")
  endif()
  set(faults ${faults} PARENT_SCOPE)
endfunction()

function(check_library_include file text included)
  foreach(rule IN LISTS library_rules)
    string(FIND "${rule}" "|^" cut REVERSE)
    string(SUBSTRING "${rule}" 0 ${cut} header)
    math(EXPR cut "${cut} + 1")
    string(SUBSTRING "${rule}" ${cut} -1 place)
    if(included MATCHES "${header}" AND NOT file MATCHES "${place}")
      fault("${file}" "${text}" "<${included}> may be included in ${place} only")
    endif()
  endforeach()
  set(faults ${faults} PARENT_SCOPE)
endfunction()

set(checked 0)
foreach(folder IN LISTS folders)
  file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/${folder}/*.h" "${ROOT}/${folder}/*.cpp" "${ROOT}/${folder}/*.c")
  list(FILTER files EXCLUDE REGEX "^tests/fixtures/")  # of this very test
  foreach(file IN LISTS files)
    math(EXPR checked "${checked} + 1")
    file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[<\"]")
    set(first TRUE)
    string(REGEX REPLACE "\\.cpp$" ".h" own "${file}")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE ".*[<\"]([^>\"]+)[>\"].*" "\\1" included "${line}")
      if(file MATCHES "^edge/kernels/")
        check_kernel("${file}" "${line}" "${included}")
      elseif(line MATCHES "\"" AND NOT file MATCHES "\\.c$")
        check_project_include("${file}" "${line}" "${included}")
      elseif(line MATCHES "<")
        check_library_include("${file}" "${line}" "${included}")
      endif()
      # A source that begins with its own header proves that the header compiles alone.
      if(first AND NOT own STREQUAL file AND EXISTS "${ROOT}/${own}" AND NOT included STREQUAL own)
        fault("${file}" "${line}" "the first include is ${included}, expected its own header ${own}")
      endif()
      set(first FALSE)
    endforeach()
  endforeach()
endforeach()

if(checked EQUAL 0)
  message(FATAL_ERROR "${ROOT} holds no sources to check")
endif()
if(faults GREATER 0)
  message(FATAL_ERROR "${faults} includes point the wrong way")
endif()
message("${checked} files include only what they may")
