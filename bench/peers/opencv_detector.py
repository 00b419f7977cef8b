#!/usr/bin/env python3
"""Times the forward pass of a detector in OpenCV's dnn, in float32 on the processor: one random picture, without the
suppression of boxes; the median of several rounds, each of so many passes. Prints one line of JSON. The weights are
random, since only the time counts.

    opencv_detector.py --cfg yolov4-tiny.cfg --threads 1

Needs Debian's python3-opencv.
"""

import argparse
import json
import statistics
import time

import cv2
import numpy as np


def parameter_count(cfg, channels=3):
    """Numbers in a .weights file of a cfg of convolutions, routes, pools, shortcuts and upsamplings."""
    sections = []
    for line in open(cfg, encoding="utf-8"):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            sections.append({"kind": line.strip("[]")})
        elif "=" in line:
            key, value = (part.strip() for part in line.split("=", 1))
            sections[-1][key] = value
    outputs, count = [], 0
    for i, section in enumerate(sections[1:]):
        before = outputs[-1] if outputs else channels
        if section["kind"] == "convolutional":
            filters, size = int(section["filters"]), int(section.get("size", 1))
            count += filters * (before // int(section.get("groups", 1)) * size * size + 1)
            count += 3 * filters if section.get("batch_normalize") == "1" else 0
            before = filters
        elif section["kind"] == "route":
            places = [int(place) for place in section["layers"].split(",")]
            before = sum(outputs[place if place >= 0 else i + place] for place in places)
            before //= int(section.get("groups", 1))
        outputs.append(before)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cfg", required=True)
    parser.add_argument("--side", type=int, default=416)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=3, help="of a round")
    chosen = parser.parse_args()
    cv2.setNumThreads(chosen.threads)
    rng = np.random.default_rng(1)
    weights = np.array([0, 2, 5, 0, 0], np.int32).tobytes()
    weights += rng.uniform(0.01, 0.05, parameter_count(chosen.cfg)).astype(np.float32).tobytes()
    net = cv2.dnn.readNetFromDarknet(open(chosen.cfg, "rb").read(), weights)
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.setPreferableTarget(cv2.dnn.DNN_TARGET_CPU)
    net.setInput(rng.random((1, 3, chosen.side, chosen.side), np.float32))
    names = net.getUnconnectedOutLayersNames()
    seconds = []
    for turn in range(chosen.rounds + 1):  # the first warms up
        start = time.perf_counter()
        for _ in range(chosen.passes):
            net.setInput(rng.random((1, 3, chosen.side, chosen.side), np.float32))
            net.forward(names)
        if turn > 0:
            seconds.append((time.perf_counter() - start) / chosen.passes)
    print(json.dumps({"engine": "opencv", "cfg": chosen.cfg, "threads": chosen.threads,
                      "ms": round(1e3 * statistics.median(seconds), 2), "opencv": cv2.__version__}))


main()
