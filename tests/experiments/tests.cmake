# tests of experiments/

nibble_test(records
  SOURCES
    experiments/checkpoint_test.cpp
    experiments/import_weights_test.cpp
    experiments/results_file_test.cpp
    experiments/summarize_test.cpp
  LINK nibble_experiments nibble_shared_data)

nibble_test(config
  SOURCES
    experiments/child_process_test.cpp
    experiments/config_file_test.cpp
    experiments/config_test.cpp
    experiments/options_test.cpp
    experiments/progress_test.cpp
    experiments/signals_test.cpp
    experiments/step_profile_test.cpp
    experiments/sweep_test.cpp
  LINK nibble_experiments)

nibble_test(train
  SOURCES
    experiments/generate_test.cpp
    experiments/quantizer_monitor_test.cpp
    experiments/run_test.cpp
    experiments/step_profiler_test.cpp
    experiments/text_run_test.cpp
    experiments/text_train_test.cpp
    experiments/train_test.cpp
  LINK nibble_experiments)
target_compile_definitions(train_test PRIVATE NIBBLE_PROGRAM="$<TARGET_FILE:nibble>")
add_dependencies(train_test nibble)

# The built program, as users start it.
nibble_test(program
  SOURCES experiments/program_test.cpp datasets/local_server.cpp
  LINK nibble_options nibble_shared_data)
target_compile_definitions(program_test PRIVATE NIBBLE_PROGRAM="$<TARGET_FILE:nibble>")
add_dependencies(program_test nibble)

# Whole evaluations of 10,000 images: too slow under sanitizers, which see the same code in the tests above.
nibble_test(imported_nets
  SOURCES experiments/imported_nets_test.cpp
  LINK nibble_experiments nibble_shared_data
  LABELS slow)
