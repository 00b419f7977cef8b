#!/usr/bin/env bash
# A study of 500 runs with 1,000 epochs each: seconds and bytes of `nibble merge` and `nibble report`, and how long a browser
# that has just been started takes to open the page. Twenty runs are trained, the others are copies of them. Wants an idle
# machine, and Debian's nodejs, chromium and chromium-driver:
#
#   bench/report_speed.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} nibble=${NIBBLE:-$PWD/build/nibble} source=$PWD
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '[dataset]\nkind = procedural\nimage_size = 12\ntrain_samples = 16\ntest_samples = 16\n[model]\nkind = mlp\nwidth = 4\n' >run.ini
printf '[quant]\nmethod = learned_scale_shift\n[train]\nbatch = 16\nepochs = 1000\ncheckpoint_every = 1000\n[edge]\ninteger_evaluation = off\n' >>run.ini
for ((i = 0; i < 20; ++i)); do
  "$nibble" train run.ini --run.output study --run.name "run$i" --run.seed $((i % 4)) \
    --train.learning_rate "0.0$((1 + i / 4))" >said 2>&1 || { cat said; exit 1; }
done
for ((i = 20; i < 500; ++i)); do cp -r "study/run$((i % 20))" "study/run$i"; done

lscpu | sed -n 's/^Model name: */processor: /p'
timed() { local TIMEFORMAT=%R; { time "$@" >/dev/null; } 2>&1; }
for ((round = 1; round <= rounds; ++round)); do
  printf 'merge %s s, report %s s, ' "$(timed "$nibble" merge study --to study.h5)" \
    "$(timed "$nibble" report study --out study.html)"
  node "$source/bench/report_speed.mjs" "$folder/study.html"
done
stat -c '%n: %s bytes' study.h5 study.html
