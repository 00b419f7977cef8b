#!/usr/bin/env bash
# Integer inference of yolov4-tiny beside OpenCV's float dnn, by turns, one picture on one thread; then one step and one
# pass of yolov4 itself, with their memory. Training steps of yolov4-tiny beside the peer's are a part of nibble_bench
# (--nets yolov4-tiny --parts steps). Wants an idle machine, `./nibble bench --quick` before it for the programs, and
# Debian's python3-opencv:
#
#   bench/detector_speed.sh yolov4-tiny.cfg [ROUNDS]        darknet's cfg, for the peer
set -euo pipefail
cd "$(dirname "$0")/.."
cfg=${1:?found no cfg, expected bench/detector_speed.sh yolov4-tiny.cfg [ROUNDS]} rounds=${2:-5}
programs=build/bench
number() { sed -E "s/.*\"$1\": ?([0-9.]+).*/\1/"; }
for ((round = 1; round <= rounds; ++round)); do
  ours=$("$programs/integer_inference" --net yolov4-tiny --batch 1 --threads 1 --rounds 5)
  theirs=$(/usr/bin/python3 bench/peers/opencv_detector.py --cfg "$cfg" --threads 1 --rounds 5)
  a=$(number nibble_ms <<<"$ours") b=$(number ms <<<"$theirs")
  awk -v a="$a" -v b="$b" 'BEGIN {printf "yolov4-tiny 416, 1 thread: integers %.2f ms, OpenCV float %.2f ms, ratio %.2f\n", a, b, b / a}'
done
echo "yolov4 416, batch 4, one thread a core: a W4A4 step, a float step, and a pass of integers on one thread"
"$programs/train_step" --net yolov4 --mode w4a4 --steps 2 --threads 0
"$programs/train_step" --net yolov4 --mode float --steps 2 --threads 0
"$programs/integer_inference" --net yolov4 --batch 1 --threads 1 --rounds 3
