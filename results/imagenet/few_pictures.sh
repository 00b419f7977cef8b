#!/usr/bin/env bash
# W4A4 (first and last layer 8 bits) from a thousand training pictures without labels: block by block, then the whole
# network after its own float form; judged by integers on val227_a. Prints the row of few_pictures.csv.
#
#   results/imagenet/few_pictures.sh NET [BLOCK_STEPS [EPOCHS [KEYS...]]]   NET: resnet18, resnet50, mobilenet_v1, mobilenet_v2
#   METHOD=lsq results/imagenet/few_pictures.sh NET 0 EPOCHS         another method, from its first scales
#
# Without numbers: 1500 steps, no epochs. BLOCK_STEPS 0: no blocks. KEYS: of the blocks, --reconstruct.float_share 0.5.
# WHOLE_KEYS="--train.learning_rate 1e-4": of the whole network, in the environment.
# What was interrupted goes on with the same command.
set -euo pipefail
cd "$(dirname "$0")/../.."
nibble=$(realpath "${NIBBLE:-./nibble}")
data=$(realpath "${NIBBLE_SHARED_DATA:-../shared/data}")
work=$(realpath -m "${NIBBLE_WORK:-build/test_data/imagenet}")
here=$(realpath -m --relative-to="$work" results/imagenet)  # runs record the path of their config
net=${1:-} steps=${2:-1500} epochs=${3:-0} method=${METHOD:-learned_scale_shift}
keys=("${@:4}")
read -ra whole_keys <<<"${WHOLE_KEYS:-}"

case $net in
  resnet18) weights=resnet18_pq_small model=() ;;
  resnet50) weights=resnet50_pq_large model=() ;;
  mobilenet_v2) weights=mobilenet_v2 model=() ;;
  mobilenet_v1) weights=mobilenet_v1_075 model=(--model.width 0.75 --dataset.mean 0.5,0.5,0.5 --dataset.std 0.5,0.5,0.5) ;;
  *) echo "few_pictures.sh: found net '$net', expected resnet18, resnet50, mobilenet_v1 or mobilenet_v2" >&2; exit 2 ;;
esac
model+=(--model.kind "$net")

mkdir -p "$work" && cd "$work"
for set in val227_a train_a train_b256; do
  [[ -d $set ]] || { mkdir -p "$set.part" && tar -xf "$data/imagenet/$set.tar" -C "$set.part" && mv "$set.part" "$set"; }
done
list() { tail -n +2 "$data/imagenet/$1.labels.csv" | sed "s#^#$1/#; s#\$#,$2#"; }
(echo file,label,split; list val227_a test; list train_b256 train; list train_a train) >few.csv
[[ -f $weights.safetensors ]] || xz -dc "$data/nets/$weights.safetensors.xz" >"$weights.safetensors"

run() {  # VERB CONFIG NAME START KEYS...: adds its seconds to $seconds
  local verb=$1 config=$2 name=$3 start=$4 before=$SECONDS
  shift 4
  "$nibble" "$verb" "$here/$config" --run.name "$name" --model.start_from "$start" "${model[@]}" "$@"
  seconds=$((seconds + SECONDS - before))
}
seconds=0
run train few_pictures_blocks.ini "${net}_float" "$weights.safetensors" --train.epochs 0 --quant.method none --quant.reconstruct none
seconds=0 from=$weights.safetensors name=${net}_blocks
if ((steps)); then
  run calibrate few_pictures_blocks.ini "$name" "$from" --reconstruct.iterations "$steps" --quant.method "$method" "${keys[@]}"
  from=runs/$name
elif ((epochs == 0)); then
  name=${net}_first_$method
  run calibrate few_pictures_blocks.ini "$name" "$from" --quant.reconstruct none --quant.method "$method"
fi
if ((epochs)); then
  name=${net}_whole && ((steps)) || name=${net}_$method
  run train few_pictures_whole.ini "$name" "$from" --train.epochs "$epochs" --train.teacher "runs/${net}_float" --quant.method "$method" "${whole_keys[@]}"
fi

"$nibble" evaluate "runs/${net}_float" --answers float.csv >/dev/null
"$nibble" evaluate "runs/$name" --answers four.csv >/dev/null
"$nibble" compare float.csv four_integer.csv
echo "$name: $seconds seconds of this session, $steps steps a block, $epochs epochs"
