#!/usr/bin/env bash
# Fuzzers of everything that reads bytes from outside, with libFuzzer and the sanitizers of clang:
#
#   tests/fuzz/run.sh [--if-there] [--runs N | --seconds S] [--seed N] [TARGET...]
#
# Builds them in build/fuzz/ on top of the plain build, which it brings up to date, and runs each, two at a time, from
# the corpus in tests/fuzz/corpus/TARGET/ and what earlier runs found in build/fuzz/found/TARGET/. Without --runs or
# --seconds, those that read what every user opens run for NIBBLE_FUZZ_SECONDS (60) seconds, the others for a twentieth
# of it. Ends with 1 if any crashes, takes more than 5 s for an input or more than 1 GiB; what made it do so is kept in
# build/fuzz/faults/. One input again:
#   build/fuzz/TARGET_fuzz FILE
# --if-there: without clang, says so and ends with 0.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$root/build fuzz=$root/build/fuzz
limit=() seconds=${NIBBLE_FUZZ_SECONDS:-60} seed=$RANDOM if_there=0 targets=()
opened_by_all=" config safetensors checkpoint run_h5 text tar_gz vocabulary selftest "
while (($#)); do
  case $1 in
    --if-there) if_there=1 ;;
    --runs) limit=(-runs="$2") && shift ;;
    --seconds) limit=(-max_total_time="$2") && shift ;;
    --seed) seed=$2 && shift ;;
    *) targets+=("$1") ;;
  esac
  shift
done
((${#targets[@]})) || targets=($(cd "$root/tests/fuzz" && printf '%s\n' *_fuzz.cpp | sed 's/_fuzz.cpp$//'))
clang=$(command -v clang++ || command -v clang++-14) && command -v "${clang/++/}" >/dev/null ||
  { echo "fuzz: clang is missing; install the Debian package clang"; exit $((1 - if_there)); }
[[ -f $build/build.ninja ]] || { echo "fuzz: found no build in $build, expected one: ./nibble help makes it"; exit 1; }
ninja -C "$build" nibble >/dev/null

# The readers are compiled again, a unit a folder, with coverage and sanitizers; all else comes from the plain build's
# libraries, behind them, so that of two definitions the first counts.
rule_of() { awk -v start="build $1" -v key="$2" 'index($0, start) == 1 {inside = 1} inside && $1 == key {sub(/^[^=]*= /, ""); print; exit}' "$build/build.ninja"; }
units() {
  cat <<'END'
files core/files/*.cpp core/{suggest,shape,buffer_pool,free_ranges}.cpp
safetensors interchange/*.cpp
darknet layers/darknet/*.cpp experiments/training/import_darknet.cpp
coco datasets/coco/{coco_file,darknet_list}.cpp experiments/detection/coco_metrics.cpp
config experiments/config/*.cpp
results experiments/results/*.cpp experiments/process/table.cpp
training experiments/training/{checkpoint,training_checkpoint,import_weights}.cpp experiments/tasks/generate.cpp
datasets datasets/fetch/unpack_tar_gz.cpp datasets/files/*.cpp datasets/pictures/{decode,jpeg,orientation,packed,png_picture}.cpp datasets/text/*.cpp
steps autograd/optimizer.cpp quant/ops/recurrent.cpp experiments/training/train.cpp
graphs tests/edge/random_graph.cpp
targets_a tests/fuzz/[a-p]*_fuzz.cpp
targets_q tests/fuzz/{target,hdf5_edits}.cpp tests/fuzz/[q-z]*_fuzz.cpp
END
}
# Without those checks that the address sanitizer or the processor makes anyway, as cmake/nibble.cmake has them.
sanitizers="-g1 -fsanitize=address,undefined -fno-sanitize=null,alignment,object-size,vptr -fno-sanitize-recover=all -fno-omit-frame-pointer"
mkdir -p "$fuzz/found" "$fuzz/faults"
write_if_new() { cat >"$1.new" && { cmp -s "$1.new" "$1" && rm "$1.new" || mv "$1.new" "$1"; }; }
{
  results=$(rule_of experiments/CMakeFiles/nibble_experiments INCLUDES)
  defines=$(rule_of experiments/CMakeFiles/nibble_experiments DEFINES)
  libraries=$(rule_of nibble: LINK_LIBRARIES)
  # Headers know by __SANITIZE_ADDRESS__ what g++ tells them.
  printf 'rule compile\n  command = %s %s %s %s -D__SANITIZE_ADDRESS__ %s -fsanitize=fuzzer-no-link -O1 -march=native -std=c++20 -w -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n' \
    "$(command -v ccache || true)" "$clang" "$defines" "$results" \
    "-DNIBBLE_FUZZ_CC='\"${clang/++/} $sanitizers -fsanitize=fuzzer-no-link\"' $sanitizers"
  printf 'rule link\n  command = cd %s && %s -fsanitize=fuzzer %s $in -o $out -Wl,--allow-multiple-definition %s\n' \
    "$build" "$clang" "$sanitizers" "$libraries"
  objects=()
  while read -r name sources; do
    (cd "$root" && eval "printf '#include \"%s\"\n' $sources") | write_if_new "$fuzz/$name.cpp"
    printf 'build %s: compile %s\n' "$fuzz/$name.o" "$fuzz/$name.cpp"
    objects+=("$fuzz/$name.o")
  done < <(units)
  printf 'build %s: link %s | %s\n' "$fuzz/all_targets" "${objects[*]}" "$build/nibble"
} >"$fuzz/build.ninja"
ninja -C "$fuzz" -j2 >"$fuzz/log" || { tail -n 40 "$fuzz/log"; exit 1; }

for target in "${targets[@]}"; do ln -sfn all_targets "$fuzz/${target}_fuzz"; done

# Readers get their files in memory where there is such a folder.
[[ -w /dev/shm ]] && export TMPDIR=/dev/shm
TMPDIR=$(mktemp -d) && export TMPDIR OMP_NUM_THREADS=1
# Faster; the input again tells all.
export ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=4:max_malloc_fill_size=0:allocator_release_to_os_interval_ms=-1
trap 'rm -rf "$TMPDIR"' EXIT
echo "fuzz: ${targets[*]}, seed $seed, ${limit[*]:-$seconds s}"
run_target() {
  local target=$1 log=$fuzz/$1.log corpus=() status=0 limit=("${limit[@]}")
  ((${#limit[@]})) || limit=(-max_total_time="$([[ $opened_by_all == *" $target "* ]] && echo "$seconds" || echo $((seconds / 20 + 1)))")
  mkdir -p "$fuzz/found/$target"
  [[ -d $root/tests/fuzz/corpus/$target ]] && corpus=("$root/tests/fuzz/corpus/$target")
  "$fuzz/${target}_fuzz" "${limit[@]}" -seed="$seed" -timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=1024 -max_len=16384 \
    -detect_leaks=0 -entropic=0 -print_final_stats=1 -artifact_prefix="$fuzz/faults/$target-" "$fuzz/found/$target" "${corpus[@]}" >"$log" 2>&1 </dev/null || status=$?
  if ((status)); then
    grep -aE '^fuzz: |ERROR|SUMMARY|error: |^ +#[0-9]+ .*(nibble|nbl_|selftest)' "$log" | head -n 20
    echo "fuzz: $target FAILED with seed $seed; the input is in $fuzz/faults/"
  else
    awk -v target="$target" '/cov: /{for (i = 1; i <= NF; ++i) if ($i == "cov:") edges = $(i + 1)}
      /^stat::number_of_executed_units/{n = $2} /^stat::average_exec_per_sec/{rate = $2}
      END {printf "fuzz: %-12s %d inputs, %d a second, %d edges, no fault\n", target, n, rate, edges}' "$log"
  fi
  return "$status"
}
faults=0 running=0
for target in "${targets[@]}"; do
  if ((running == 2)); then wait -n || faults=1; ((running--)); fi
  run_target "$target" &
  ((++running))
done
while ((running)); do wait -n || faults=1; ((running--)) || true; done
((faults == 0)) && echo "fuzz: no faults"
exit "$faults"
