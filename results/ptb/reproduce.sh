#!/usr/bin/env bash
# Trains, verifies and records every row of this folder's summary.csv. Interrupted, it goes on where it was; what is
# finished is skipped. About three hours on 2 cores.
#
#   results/ptb/reproduce.sh           all rows
#   results/ptb/reproduce.sh NAME...   some runs, by name of their config
set -uo pipefail
source "$(dirname "$0")/../record.sh"

has_integers() {
  ! grep -q '^method = none' "runs/$1/config.ini" && ! grep -q '^scope = products' "runs/$1/config.ini"
}

train() {
  [ -f "runs/$1/DONE" ] || "$nibble" train "configs/$1.ini" || return
  # On the first 5,000 tokens of the test text.
  if has_integers "$1"; then verify "$1" --images 5000 --c-images 5000; fi
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
