#!/usr/bin/env bash
# What pictures from JPEG files cost a training step: steps on train_b256, packed with its shorter side at 256, by turns with
# steps on pixels that are made up, of the same size. A step's time without and with the wait for data comes from
# `nibble train --profile`. Nothing else may run meanwhile: 20 minutes on 2 cores.
#
#   results/imagenet/data_speed.sh [NET...]
set -euo pipefail
cd "$(dirname "$0")/../.."
nibble=${NIBBLE:-./nibble}
data=$(realpath "${NIBBLE_SHARED_DATA:-../shared/data}")
work=$(realpath -m "${NIBBLE_WORK:-build/test_data/imagenet}")
rounds=${ROUNDS:-3} steps=${STEPS:-6} batch=${BATCH:-32}
[ $# -gt 0 ] || set -- resnet18 mobilenet_v2 efficientnet_b0
if [ ! -f "$work/train_b256.h5" ]; then
  mkdir -p "$work/train_b256"
  tar -xf "$data/imagenet/train_b256.tar" -C "$work/train_b256"
  # Nothing is judged here, but a data set has a test split.
  awk 'NR == 1 { print "file,label,split"; next } { print $0 "," (NR <= 33 ? "test" : "train") }' \
    "$data/imagenet/train_b256.labels.csv" >"$work/train_b256/list.csv"
  "$nibble" data pack "$work/train_b256/list.csv" --to "$work/train_b256.h5" --side 256
fi

# step NET DATA -> "1315.3 ms, of which 2.4 waiting"
step() {
  local keys=(--dataset.kind procedural --dataset.image_size 224)
  [ "$2" = packed ] && keys=(--dataset.kind folder --dataset.path "$work/train_b256.h5" --dataset.resize 256)
  cat >"$work/speed.ini" <<END
[run]
name = speed
output = $work/runs
[model]
kind = $1
END
  "$nibble" train "$work/speed.ini" --profile --steps "$steps" --json "$work/speed.json" --train.batch "$batch" "${keys[@]}" >/dev/null
  awk -F'[:,]' '/"data_wait"/ { inside = 1 } inside && /"ms"/ { wait = $2; inside = 0 } /"step_ms"/ { step = $2 }
    END { printf "%.1f ms, of which %.1f waiting\n", step, wait }' "$work/speed.json"
}
for net in "$@"; do
  for ((i = 0; i < rounds; ++i)); do
    echo "$net made_up $(step "$net" made_up)"
    echo "$net packed $(step "$net" packed)"
  done
done | tee "$work/data_speed.txt"
