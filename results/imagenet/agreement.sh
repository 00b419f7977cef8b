#!/usr/bin/env bash
# Compares imported ImageNet nets with the answers of the framework they come from, picture by picture: right ones,
# equal ones, and the first two logits. All nets together take three to ten minutes on 2 cores.
#
#   results/imagenet/agreement.sh                  all nets
#   results/imagenet/agreement.sh mobilenet_v1     some
set -euo pipefail
cd "$(dirname "$0")/../.."
nibble=${NIBBLE:-./nibble}
data=$(realpath "${NIBBLE_SHARED_DATA:-../shared/data}")
work=$(realpath -m "${NIBBLE_WORK:-build/test_data/imagenet}")
mkdir -p "$work/val227_a" "$work/train_a"

unpack() {  # the pictures of a set, and a list of them; there is no training split
  [ -f "$work/$1/list.csv" ] && return
  tar -xf "$data/imagenet/$1.tar" -C "$work/$1"
  (echo file,label,split
   tail -n +2 "$data/imagenet/$1.labels.csv" | sed 's/$/,test/') >"$work/list.part"
  mv "$work/list.part" "$work/$1/list.csv"
}

weights() {  # unpacked where they are packed
  [ -f "$data/nets/$1.safetensors" ] && echo "$data/nets/$1.safetensors" && return
  [ -f "$work/$1.safetensors" ] || xz -dc "$data/nets/$1.safetensors.xz" >"$work/$1.safetensors"
  echo "$work/$1.safetensors"
}

agree() {  # NET STEM SET RESIZE KEYS...
  local net=$1 stem=$2 set=$3 resize=$4 answers="$work/$2.$3.csv"
  shift 4
  "$nibble" evaluate results/imagenet/imported.ini --model.kind "$net" --model.start_from "$(weights "$stem")" \
    --dataset.path "$work/$set/list.csv" --dataset.resize "$resize" --dataset.class_names "$data/imagenet/classes.txt" \
    --answers "$answers" "$@"
  awk -F, -v what="$stem $set" '
    FNR == 1 { next }
    { name = $1; sub(".*/", "", name) }
    FNR == NR { best[name] = $3; one[name] = $8; two[name] = $9; right_there += $2 == $3; next }
    { ++n; right += $4; same += $3 == best[name]
      for (i = 0; i < 2; ++i) { d = $(10 + i) - (i ? two[name] : one[name]); if (d < 0) d = -d; if (d > worst) worst = d } }
    END { printf "%s: %d of %d right, %d in the reference; %d equal answers (%.2f %%); logits differ by %.5f at most\n", \
                 what, right, n, right_there, same, 100 * same / n, worst }
  ' "$data/imagenet/ref/$stem.$set.csv" "$answers"
}

run() {  # NET STEM KEYS...
  local net=$1 stem=$2
  shift 2
  agree "$net" "$stem" val227_a 0 "$@"
  agree "$net" "$stem" train_a -1 "$@"
}

unpack val227_a
unpack train_a
[ $# -gt 0 ] || set -- resnet18 mobilenet_v1 mobilenet_v2 resnet50
for net in "$@"; do
  case $net in
    resnet18) run resnet18 resnet18_pq_small ;;
    resnet50) run resnet50 resnet50_pq_large ;;
    mobilenet_v2) run mobilenet_v2 mobilenet_v2 ;;
    mobilenet_v1)
      run mobilenet_v1 mobilenet_v1_075 --model.width 0.75 --dataset.mean 0.5,0.5,0.5 --dataset.std 0.5,0.5,0.5 ;;
    *) echo "agreement.sh: found net '$net', expected resnet18, resnet50, mobilenet_v1 or mobilenet_v2" >&2; exit 2 ;;
  esac
done
