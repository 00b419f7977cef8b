# tests of experiments/
