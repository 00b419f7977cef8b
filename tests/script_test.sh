#!/usr/bin/env bash
# What ./nibble says and does around a build:   tests/script_test.sh <source tree>
# In a folder of its own, with stand-ins for cmake, ninja and apt that only note how they were called.
set -euo pipefail
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp "$1/nibble" "$tree/"
mkdir -p "$tree/bin" "$tree/build/old"
stand_in() { printf '#!/usr/bin/env bash\n%s\n' "$2" >"$tree/bin/$1" && chmod +x "$tree/bin/$1"; }
stand_in cmake 'while [[ $1 != -B ]]; do shift; done; mkdir -p "$2"; touch "$2/build.ninja"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$(dirname "$2")" >"$2/CMakeCache.txt"'
stand_in ninja 'sleep "${SLOWNESS:-0}"; touch "$2/.ninja_log"; printf "#!/bin/sh\necho the program\n" >"$2/nibble"; chmod +x "$2/nibble"'
stand_in dpkg-query 'shift 3; [[ -e $(dirname "$0")/../apt ]] && printf "%s install ok installed\n" "$@"; true'
stand_in apt-get 'echo "apt-get $*" >>"$(dirname "$0")/../apt"'
stand_in sudo 'shift; exec "$@"'
stand_in g++ true
stand_in pkg-config true
stand_in ccache true

run() { PATH="$tree/bin:$PATH" "$tree/nibble" "$@" 2>&1 </dev/null; }
expect() {
  grep -qF -- "$2" <<<"$1" && return
  printf 'found:\n%s\nexpected to read: %s\n' "$1" "$2"
  exit 1
}

# A folder that came along with a copy of another tree is not used, and its files go.
echo 'CMAKE_HOME_DIRECTORY:INTERNAL=/somewhere/else' >"$tree/build/CMakeCache.txt"
touch "$tree/build/build.ninja" "$tree/build/nibble"
said=$(run help)
expect "$said" 'build was made for /somewhere/else; building anew'
expect "$said" 'the program'
[[ ! -e $tree/build/old ]] || { echo "found the other tree's files in build, expected them gone"; exit 1; }

# A wait is explained; what takes no time is not talked about.
expect "$(SLOWNESS=3 run help)" 'nibble: building in build'
said=$(run help)
[[ $said == 'the program' ]] || { printf 'found:\n%s\nexpected nothing but the program\n' "$said"; exit 1; }

# A fresh machine's own update may have the lock of the packages.
expect "$(cat "$tree/apt")" '-o DPkg::Lock::Timeout=600 install -y'

# What only some tests need may be missing, and is said to be.
stand_in dpkg-query 'shift 3; printf "%s install ok installed\n" "$@" | grep -v slurm-wlm; true'
stand_in apt-get '[[ $* != *slurm-wlm* ]]'
stand_in ctest 'echo "the tests"'
said=$(NIBBLE_TEST_EXTRAS="openmpi-bin slurm-wlm" run test)
expect "$said" 'nibble: installing slurm-wlm'
expect "$said" 'apt-get could not install slurm-wlm'
expect "$said" 'going on without: tests of these are skipped'
expect "$said" 'the tests'
echo "the script does what it says"
