# tests of layers/
