# tests of autograd/

# Gradients against central differences, which only double can resolve.
nibble_test(autograd_ops
  SOURCES
    autograd/ops/activation_test.cpp
    autograd/ops/conv_test.cpp
    autograd/ops/dropout_test.cpp
    autograd/ops/elementwise_test.cpp
    autograd/ops/embedding_test.cpp
    autograd/ops/linear_test.cpp
    autograd/ops/loss_test.cpp
    autograd/ops/norm_test.cpp
    autograd/ops/pool_test.cpp
    autograd/ops/shape_test.cpp
  LINK nibble_autograd_f64)

nibble_test(autograd
  SOURCES
    autograd/optimizer_test.cpp
    autograd/schedule_test.cpp
    autograd/tape_listener_test.cpp
    autograd/threads_test.cpp
    autograd/var_test.cpp
  LINK nibble_autograd)
