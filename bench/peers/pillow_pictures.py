#!/usr/bin/env python3
"""Times Pillow on the pictures of a folder, as bench/picture_speed.cpp times ours: files are in memory; each is decoded,
its shorter side scaled to 256 (bilinear), and the middle of 224 x 224 taken as an array of RGB bytes. One thread.
Prints one line of JSON with the best of several rounds. Needs Debian's python3-pil and python3-numpy.

    pillow_pictures.py FOLDER [ROUNDS]
"""

import io
import json
import os
import sys
import time

import numpy
import PIL
from PIL import Image


def crop(data):
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    width, height = picture.size
    if width < height:
        picture = picture.resize((256, 256 * height // width), Image.BILINEAR)
    else:
        picture = picture.resize((256 * width // height, 256), Image.BILINEAR)
    left, top = round((picture.size[0] - 224) / 2), round((picture.size[1] - 224) / 2)
    return numpy.asarray(picture.crop((left, top, left + 224, top + 224)))


def main():
    folder, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1
    files = []
    for root, _, names in os.walk(folder):
        files += [open(os.path.join(root, name), "rb").read() for name in sorted(names)]
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        total = sum(int(crop(data)[0, 0, 0]) for data in files)
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"program": "pillow " + PIL.__version__, "pictures": len(files), "check": total,
                      "pictures_per_second": len(files) / min(seconds)}))


main()
