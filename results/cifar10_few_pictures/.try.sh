#!/usr/bin/env bash
# Runs every row of this folder, a minute each on one core (four with 1200 steps), and prints agreement.csv.
set -euo pipefail
cd "$(dirname "$0")/../.."
nibble=${NIBBLE:-./nibble} here=results/cifar10_few_pictures runs=runs/cifar10_few_pictures
mkdir -p "$runs"

judge() {  # NAME: integers against the float form on the 10,000 test images
  "$nibble" evaluate "$runs/$1" --answers "$runs/four.csv" >/dev/null
  "$nibble" compare "$runs/float.csv" "$runs/four_integer.csv" | tr '\n' ' ' | sed -nE \
    "s/.*integer.csv: [^,]*, top-1 ([0-9.]+) %.*difference ([-0-9.]+) points, 95 % interval ([-0-9.]+) to ([-0-9.]+).*agreement ([0-9.]+) %.*/$1,\1,\2,\3,\4,\5\n/p"
}
blocks() {  # NAME KEYS...
  "$nibble" calibrate "$here/blocks.ini" --run.output "$runs" --run.name "$@" >&2 && judge "$1"
}
whole() {  # NAME RATE OF_SCALES
  "$nibble" train "$here/whole.ini" --run.output "$runs" --run.name "$1" --train.learning_rate "$2" \
    --train.quantizer_learning_rate "$3" >&2 && judge "$1"
}

"$nibble" train "$here/blocks.ini" --run.output "$runs" --run.name float --train.epochs 0 --quant.method none --quant.reconstruct none >&2
"$nibble" evaluate "$runs/float" --answers "$runs/float.csv" >/dev/null
echo run,integer_top1,difference,low,high,agreement
blocks base
exit 0; blocks base_f32 --reconstruct.products float32
exit 0; blocks fs25 --reconstruct.float_share 0.25
blocks fs0 --reconstruct.float_share 0
blocks lr003 --reconstruct.learning_rate 0.003
blocks lr03 --reconstruct.learning_rate 0.03
blocks glr3e-4 --reconstruct.grid_learning_rate 3e-4
blocks glr3e-3 --reconstruct.grid_learning_rate 3e-3
blocks nlr1e-3 --reconstruct.norm_learning_rate 1e-3
blocks pen001 --reconstruct.penalty 0.001
blocks pen1 --reconstruct.penalty 0.1
blocks its1200 --reconstruct.iterations 1200
blocks fs0_pen1 --reconstruct.float_share 0 --reconstruct.penalty 0.1
blocks fs0_1200 --reconstruct.float_share 0 --reconstruct.iterations 1200
whole kd_1e-5 1e-5 10
whole kd_1e-4 1e-4 1
