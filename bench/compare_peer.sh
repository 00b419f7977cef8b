#!/usr/bin/env bash
# Nibble's training step beside the peer's (../shared/peers/torch_train_step.py), alternately on the same machine, so
# that both meet the same neighbours. Prints every line of JSON, then medians and ratios.
#
#   bench/compare_peer.sh [model] [batch] [rounds]        needs python3-torch python3-torchvision libopenblas0-openmp
set -euo pipefail
cd "$(dirname "$0")/.."
model=${1:-resnet20} batch=${2:-128} rounds=${3:-5}
peer=../shared/peers/torch_train_step.py
ours=${NIBBLE_BUILD:-build}/bench/train_step
[ -x "$ours" ] || { echo "compare_peer: $ours is not built; configure with -DNIBBLE_BENCH=ON" >&2; exit 1; }
[ -f "$peer" ] || { echo "compare_peer: $peer is not here" >&2; exit 1; }
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
for ((round = 0; round < rounds; ++round)); do
  for quant in none function; do
    /usr/bin/python3 "$peer" --model "$model" --batch "$batch" --quant $quant --channels-last --malloc tuned --steps 10 |
      tail -n 1 | sed 's/^{/{"engine": "peer", /' | tee -a "$lines"
    mode=float
    [ $quant = none ] || mode=w4a4
    OMP_NUM_THREADS=2 "$ours" "$model" $mode "$batch" 10 2 | tee -a "$lines"
  done
done
/usr/bin/python3 - "$lines" <<'P'
import json, statistics, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
def pick(engine, quant):
    r = [x for x in rows if x["engine"] == engine and x["quant"] == quant]
    return statistics.median(x["images_per_s"] for x in r), max(x["peak_rss_mib"] for x in r)
for ours, theirs in (("float", "none"), ("w4a4", "function")):
    (a, am), (b, bm) = pick("nibble", ours), pick("peer", theirs)
    print(f"{ours}: nibble {a:.0f} images/s, {am:.0f} MiB; peer {b:.0f} images/s, {bm:.0f} MiB; ratio {a / b:.2f}")
P
