# tests of quant/
