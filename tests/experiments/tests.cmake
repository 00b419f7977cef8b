# tests of experiments/

nibble_test(records
  SOURCES
    experiments/checkpoint_test.cpp
    experiments/import_weights_test.cpp
    experiments/results_file_test.cpp
    experiments/summarize_test.cpp
  LINK nibble_experiments nibble_shared_data)
