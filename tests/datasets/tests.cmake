nibble_test(datasets
  SOURCES
    datasets/augment_test.cpp
    datasets/batches_test.cpp
    datasets/cifar_test.cpp
    datasets/corpus_files_test.cpp
    datasets/corpus_test.cpp
    datasets/dataset_test.cpp
    datasets/datasets_test.cpp
    datasets/digest_test.cpp
    datasets/fetch_test.cpp
    datasets/local_server.cpp
    datasets/prefetch_test.cpp
    datasets/procedural_test.cpp
    datasets/text_file_test.cpp
    datasets/unpack_tar_gz_test.cpp
    datasets/vocabulary_test.cpp
  LINK nibble_datasets nibble_shared_data)
