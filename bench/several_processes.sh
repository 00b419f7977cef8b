#!/usr/bin/env bash
# One training on several processes of mpirun: whether 1, 2 and 4 of them leave the same weights, and what two processes
# of one thread take beside one process of two threads, by turns. Wants an idle machine of two cores, Debian's
# openmpi-bin, and a build with libopenmpi-dev:
#
#   bench/several_processes.sh [ROUNDS]
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-5} nibble=${NIBBLE:-$PWD/build/nibble}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_MCA_plm_rsh_agent=sh
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder"
quantized='[quant]\nmethod = learned_scale_shift\ncalibration_samples = 64\n'
train='[train]\nevaluate_every = 100\nwarmup_epochs = 1\nlearning_rate = 0.05\n'
images='[dataset]\nkind = procedural\ntest_samples = 128\n'
printf "${images}image_size = 32\ntrain_samples = 1536\n[model]\nkind = resnet20\n$quantized${train}batch = 128\nepochs = 2\n[edge]\ninteger_evaluation = off\n" >resnet20.ini
printf "${images}image_size = 64\ntrain_samples = 256\n[model]\nkind = mobilenet_v2\n$quantized${train}batch = 32\nepochs = 2\n[edge]\ninteger_evaluation = off\n" >mobilenet_v2.ini
printf "[dataset]\nkind = procedural_text\ntrain_samples = 12000\ntest_samples = 600\n[model]\nkind = lstm\nwidth = 300\n$quantized${train}batch = 20\nunroll = 35\nepochs = 2\n[edge]\ninteger_evaluation = off\n" >lstm.ini

# train PROCESSES THREADS PARTS NET OUTPUT
train() {
  local alone=()
  (($1 == 1)) || alone=(mpirun --bind-to none --oversubscribe -n "$1")
  "${alone[@]}" "$nibble" train "$4.ini" --run.output="$5" --run.threads="$2" --train.parts="$3" --force >said 2>&1 || { cat said; exit 1; }
}
# Samples a second of the last epoch, of its steps alone.
rate() { tail -n 1 "$1/log.txt" | sed -E 's/.*(img|tokens)\/s=([0-9.e+]+).*/\2/'; }
weights() { h5dump -a /tensors_xxh64 "$1/checkpoint/last.h5" | sed -n 's/.*(0): "\(.*\)"/\1/p'; }

lscpu | sed -n 's/^Model name: */processor: /p'
for net in resnet20 mobilenet_v2 lstm; do
  for processes in 1 2 4; do
    train "$processes" 1 4 "$net" "same$processes"
    echo "$net, W4A4, 4 parts on $processes: $(weights "same$processes/$net")"
  done
done
for ((round = 1; round <= rounds; ++round)); do
  for net in resnet20 mobilenet_v2 lstm; do
    train 1 2 1 "$net" one
    train 1 2 2 "$net" parts
    train 2 1 2 "$net" two
    awk -v net="$net" -v one="$(rate "one/$net")" -v parts="$(rate "parts/$net")" -v two="$(rate "two/$net")" 'BEGIN {
      printf "%s: 1 process of 2 threads %.1f, 2 parts in it %.1f, 2 processes of 1 thread %.1f samples/s; two take %+.1f %%\n",
        net, one, parts, two, 100 * (one / two - 1)}'
  done
done
