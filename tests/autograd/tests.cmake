# tests of autograd/
