# tests of bench/: never of a time, only of what is made of times

nibble_test(bench
  SOURCES
    bench/bench_nets_test.cpp
    bench/contest_test.cpp
    bench/peaks_json_test.cpp
    bench/programs_test.cpp
    bench/roofline_test.cpp
    bench/summary_csv_test.cpp
    bench/svg_test.cpp
  LINK nibble_bench)
target_compile_definitions(bench_test PRIVATE NIBBLE_TRAIN_STEP="$<TARGET_FILE:train_step>"
  NIBBLE_BENCH_PROGRAM="$<TARGET_FILE:nibble_bench_program>")
add_dependencies(bench_test train_step nibble_bench_program)
