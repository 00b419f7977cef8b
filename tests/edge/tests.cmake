nibble_test(edge
  SOURCES
    edge/random_graph.cpp
    edge/fixed_point_test.cpp
    edge/float_line_test.cpp
    edge/pack_test.cpp
    edge/plan_memory_test.cpp
    edge/verify_test.cpp
    edge/reference_test.cpp
    edge/evaluate_test.cpp
    edge/kernels_test.cpp
    edge/recurrent_kernels_test.cpp
    edge/lower_test.cpp
    edge/lower_text_test.cpp
    edge/emitted_c_test.cpp
    edge/text_test.cpp
    edge/emitted_text_test.cpp
  LINK nibble_edge nibble_edge_kernels)
