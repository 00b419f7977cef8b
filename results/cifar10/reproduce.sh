#!/usr/bin/env bash
# Trains, verifies and records every row of this folder's summary.csv. Interrupted, it goes on where it was; what is
# finished is skipped. About four hours on 2 cores.
#
#   results/cifar10/reproduce.sh           all rows
#   results/cifar10/reproduce.sh NAME...   some runs, by name of their config
set -uo pipefail
source "$(dirname "$0")/../record.sh"

finish() {  # a trained run
  if [ -f "runs/$1/FAILED" ]; then  # one that diverged is a result too
    record "$1"
    return
  fi
  [ -f "runs/$1/DONE" ] || return 1
  grep -q '^method = none' "runs/$1/config.ini" || verify "$1"  # float runs have no integers
  record "$1"
}

train() {
  [ -f "runs/$1/DONE" ] || "$nibble" train "configs/$1.ini" || return
  finish "$1"
}

sweep() {
  "$nibble" sweep "configs/sweeps/$1.ini"
  [ $? -ne 75 ] || return 75  # interrupted
  for run in $("$nibble" sweep "configs/sweeps/$1.ini" --dry-run | awk 'NR > 1 {print $1}'); do finish "$run"; done
}

if [ $# -gt 0 ]; then
  for name in "$@"; do train "$name"; done
else
  train cifar10_resnet20_imported_w4a4 && train cifar10_resnet20_imported_w4a4_all
  train cifar10_resnet20_imported_w3a3
  train cifar10_resnet20_float && train cifar10_resnet20_w4a4
  train cifar10_resnet20_swish_float && sweep swish_methods && sweep swish_lsq_signs
  sweep unknown_gradient_scale && sweep unknown_initialization && sweep unknown_border
  sweep gradients
fi
"$nibble" summarize results/cifar10
"$nibble" report results/cifar10 --out results/cifar10/report.html
