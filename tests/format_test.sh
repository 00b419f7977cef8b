#!/usr/bin/env bash
# Sources look as .clang-format says:   tests/format_test.sh <source tree>
# Formatters differ between versions; 14, Debian 12's, decides.
set -euo pipefail
cd "$1"
formatter=$(command -v clang-format-14 || command -v clang-format) ||
  { echo "clang-format is missing; install the Debian package clang-format"; exit 1; }
version=$("$formatter" --version)
[[ $version == *"version 14."* ]] || { echo "found $version, expected clang-format 14"; exit 1; }
mapfile -t files < <(find core interchange autograd quant layers datasets edge experiments bench tests -name '*.h' -o -name '*.cpp' -o -name '*.c')
((${#files[@]})) || { echo "$1 holds no sources to check"; exit 1; }
if ! faults=$("$formatter" --dry-run --Werror "${files[@]}" 2>&1); then
  printf 'not as clang-format -i would write it:\n%s\n' "$(sed -n 's/: error: .*//p' <<<"$faults")"
  exit 1
fi
echo "${#files[@]} files are formatted"
