#!/usr/bin/env bash
# Fuzzers, each for NIBBLE_FUZZ_SECONDS (3) seconds, where clang is installed:   tests/fuzz_test.sh <source tree>
exec "$1/tests/fuzz/run.sh" --if-there
