# tests of quant/
nibble_test(quant
  SOURCES
    quant/compensated_rounding_test.cpp
    quant/fake_quantize_test.cpp
    quant/initialize_test.cpp
    quant/live_grid_test.cpp
    quant/pointwise_chain_test.cpp
    quant/recurrent_test.cpp
    quant/quantizer_test.cpp
  LINK nibble_quant)

# Gradients against central differences, which only double can resolve.
nibble_test(quant_gradients
  SOURCES
    quant/fake_quantize_test.cpp
    quant/live_grid_test.cpp
    quant/pointwise_chain_test.cpp
    quant/recurrent_test.cpp
    quant/straight_through_test.cpp
  LINK nibble_quant_f64)
