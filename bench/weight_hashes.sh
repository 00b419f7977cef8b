#!/usr/bin/env bash
# Hashes of what a program trains and emits, to compare two commits on one machine:
#
#   bench/weight_hashes.sh PROGRAM CIFAR10 PTB OUT > hashes.txt
#
# PROGRAM is a built nibble, CIFAR10 and PTB are the directories of the two data sets, OUT a new directory for the runs.
# Each line holds a case, its number of threads and the SHA-256 of the final weights, statistics, scales and shifts, or of
# the emitted C without comments. Two commits compute the same bits if `diff` finds no difference between their lines.
# Needs h5dump (Debian's hdf5-tools) and gcc. Some minutes on two cores: CIFAR-10 is cut to 12,800 images, 100 steps.
set -euo pipefail

program=$(realpath "$1") cifar10=$(realpath "$2") ptb=$(realpath "$3") out=$4
[[ -e $out ]] && { echo "weight_hashes: $out exists, expected a new directory" >&2; exit 2; }
mkdir -p "$out"
cd "$out"

# The first line of h5dump names the file.
weights() { h5dump -g /parameters "$1/checkpoint/last.h5" | tail -n +2 | sha256sum | cut -c1-16; }

# Emitted C as the compiler sees it: without comments, and without the names of the files.
c_text() { for file in "$1"/*.c; do gcc -fpreprocessed -dD -E -P "$file"; done | sha256sum | cut -c1-16; }

# train CASE THREADS CONFIG KEYS...
train() {
  local name=$1-$2 threads=$2 config=$3
  shift 3
  "$program" train "$config" --run.output . --run.name "$name" --run.threads "$threads" "$@" >"$name.log" 2>&1 ||
    { tail -n 3 "$name.log" >&2; exit 1; }
  printf '%-24s %s  %s\n' "${name%-*}" "$threads" "$(weights "$name")"
}

emit() {
  "$program" export "$1" --out "$1-c" >"$1-c.log" 2>&1 || { tail -n 3 "$1-c.log" >&2; exit 1; }
  printf '%-24s %s  %s\n' "${1%-*} C" - "$(c_text "$1-c")"
}

cat >procedural.ini <<END
[dataset]
kind = procedural
image_size = 64
train_samples = 640
test_samples = 64
[train]
epochs = 1
batch = 32
learning_rate = 0.02
[quant]
method = learned_scale_shift
weight_bits = 4
activation_bits = 4
END

for threads in 1 2; do
  # The whole demo, by its configs.
  train demo_float $threads builtin:demo_float.ini
  train demo_w4a4 $threads builtin:demo_w4a4.ini --model.start_from demo_float-$threads
  train mobilenet_v2_w4a4 $threads procedural.ini --model.kind mobilenet_v2   # 20 steps
  train efficientnet_b0_w4a4 $threads procedural.ini --model.kind efficientnet_b0 --edge.integer_evaluation false
  train lstm_w4a4 $threads builtin:ptb_lstm300_w4a4.ini --model.start_from= --train.teacher= --dataset.path "$ptb" \
    --dataset.train_samples 140020 --dataset.test_samples 2000 --train.batch 20 --train.unroll 35 --train.epochs 1
  cifar=(--dataset.path "$cifar10" --dataset.train_samples 12800 --dataset.test_samples 1000 --train.epochs 1)
  train resnet20_float $threads builtin:cifar10_resnet20_float.ini "${cifar[@]}"
  train resnet20_w4a4 $threads builtin:cifar10_resnet20_w4a4.ini "${cifar[@]}" --model.start_from resnet20_float-$threads
done
for net in demo_w4a4 mobilenet_v2_w4a4 lstm_w4a4 resnet20_w4a4; do emit $net-1; done
