#!/usr/bin/env bash
# Fuzzers for NIBBLE_FUZZ_SECONDS (60), those of what not every user opens for less, where clang is installed:   tests/fuzz_test.sh <source tree>
exec "$1/tests/fuzz/run.sh" --if-there
