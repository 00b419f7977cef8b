# tests of edge/
