#!/usr/bin/env bash
# Trains, verifies and records every row of this folder's summary.csv. Interrupted, it goes on where it was; what is
# finished is skipped. About three hours on 2 cores.
#
#   results/ptb/reproduce.sh           all rows
#   results/ptb/reproduce.sh NAME...   some runs, by name of their config
set -uo pipefail
cd "$(dirname "$0")/../.."
nibble=${NIBBLE:-./nibble}

# Keeps the small files of a run: the config, the HDF5 record and the log. Weights stay in runs/.
record() {
  mkdir -p "results/ptb/$1"
  cp "runs/$1/config.ini" "runs/$1/run.h5" "runs/$1/log.txt" "results/ptb/$1/"
  if [ -f "runs/$1/verify.txt" ]; then cp "runs/$1/verify.txt" "results/ptb/$1/"; fi
}

# Reference, evaluator and emitted C on the first 5,000 tokens of the test text.
verify() {
  [ -f "runs/$1/VERIFIED" ] ||
    { "$nibble" verify "runs/$1" --images 5000 --c-images 5000 | tee "runs/$1/verify.txt" && touch "runs/$1/VERIFIED"; }
}

has_integers() {
  ! grep -q '^method = none' "runs/$1/config.ini" && ! grep -q '^scope = products' "runs/$1/config.ini"
}

train() {
  [ -f "runs/$1/DONE" ] || "$nibble" train "configs/$1.ini" || return
  if has_integers "$1"; then verify "$1"; fi
  record "$1"
}

if [ $# -gt 0 ]; then
  for name in "$@"; do train "$name" || exit; done
else
  train ptb_lstm300_float && for row in w4a4 w4a4_lsq w4a4_lsq_plus w4a4_products w3a3 w2a2; do
    train "ptb_lstm300_$row" || exit
  done
  train ptb_gru300_float && train ptb_gru300_w4a4
  train ptb_zaremba_small
fi
"$nibble" summarize results/ptb
"$nibble" report results/ptb --out results/ptb/report.html
