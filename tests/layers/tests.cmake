# tests of layers/
nibble_test(layers
  SOURCES
    layers/activation_test.cpp
    layers/batch_norm_test.cpp
    layers/fuse_test.cpp
    layers/language_model_test.cpp
    layers/layer_test.cpp
    layers/network_test.cpp
    layers/quantize_plan_test.cpp
    layers/quantize_test.cpp
    layers/round_weights_test.cpp
    layers/step_cost_test.cpp
    layers/summary_test.cpp
    layers/models/models_test.cpp
  LINK nibble_layers)

# Fused against plain, without rounding to hide behind.
nibble_test(layers_f64
  SOURCES layers/fuse_test.cpp
  LINK nibble_layers_f64)

nibble_test(structure
  SOURCES layers/models/structure_test.cpp
  LINK nibble_layers nibble_shared_data
  LABELS slow)
