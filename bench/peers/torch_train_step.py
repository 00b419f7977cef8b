#!/usr/bin/env python3
"""Times whole training steps of PyTorch on the processor, as bench/train_step.cpp times ours: fixed random images or
words; forward, loss, backward and optimizer; the median of several steps. Prints one line of JSON.

    torch_train_step.py --model resnet20 --batch 128 --quant function --channels-last --malloc tuned

--quant function trains with fake quantization: every convolution and linear layer rounds its input to unsigned codes
with a learned scale and shift, and its weight to signed codes with a learned scale; 4 bits, 8 in the first and the last
layer. Forward and backward are written by hand (one torch.autograd.Function), which is the fastest way that eager
PyTorch has. Needs Debian's python3-torch, and python3-torchvision for the nets that it has.
"""

import argparse
import json
import math
import os
import resource
import statistics
import sys
import time

IMAGE_NETS = {"resnet20": (128, 32, 10), "resnet18": (16, 224, 1000), "mobilenet_v2": (16, 224, 1000),
              "efficientnet_b0": (16, 224, 1000), "yolov4-tiny": (8, 416, 80)}  # batch, side, classes
WORDS, UNITS = 10000, 300  # of the language model


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="resnet20", choices=[*IMAGE_NETS, "lstm"])
    parser.add_argument("--batch", type=int, default=0, help="0: the net's usual one")
    parser.add_argument("--unroll", type=int, default=35, help="lstm: steps of a text")
    parser.add_argument("--quant", default="none", choices=["none", "function"])
    parser.add_argument("--bits", type=int, default=4)
    parser.add_argument("--channels-last", action="store_true", help="images and weights in the order NHWC")
    parser.add_argument("--bf16", action="store_true", help="the forward pass under autocast to bfloat16")
    parser.add_argument("--malloc", default="default", choices=["default", "tuned"],
                        help="tuned: glibc keeps freed blocks instead of giving them back to the kernel")
    parser.add_argument("--steps", type=int, default=10, help="steps of which the median is taken")
    parser.add_argument("--warmup", type=int, default=3, help="steps before them, which are not counted")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


ARGUMENTS = read_arguments()
TUNED = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
         "MALLOC_TOP_PAD_": str(1 << 28)}
if ARGUMENTS.malloc == "tuned" and any(os.environ.get(name) != value for name, value in TUNED.items()):
    os.environ.update(TUNED)  # glibc reads them when a program starts
    os.execv(sys.executable, [sys.executable, *sys.argv])
os.environ["OMP_NUM_THREADS"] = str(ARGUMENTS.threads)

import torch  # noqa: E402  (after the number of threads is known)
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402


# ---- fake quantization


def inner_product(a, b):
    """Σ a·b of two tensors of one shape, without copying those that lie in the order NHWC."""
    if a.dim() == 4 and not a.is_contiguous():
        a, b = a.permute(0, 2, 3, 1), b.permute(0, 2, 3, 1)
    return torch.dot(a.reshape(-1), b.reshape(-1))


class FakeQuantize(torch.autograd.Function):
    """x̂ = s·q + β with v = (x − β)/s and q = round(clamp(v, lo, hi)).

    dx = dy inside of the grid, else 0;  ds = Σ dy·q − Σ dx·v;  dβ = Σ dy − Σ dx. No sum needs a mask of its own."""

    @staticmethod
    def forward(ctx, x, scale, shift, lo, hi, factor):
        ctx.save_for_backward(x, scale, shift)
        ctx.grid = lo, hi, factor
        v = x / scale if shift is None else (x - shift).div_(scale)
        x_hat = v.clamp_(lo, hi).round_().mul_(scale)
        return x_hat if shift is None else x_hat.add_(shift)

    @staticmethod
    def backward(ctx, dy):
        x, scale, shift = ctx.saved_tensors
        lo, hi, factor = ctx.grid
        v = x / scale if shift is None else (x - shift).div_(scale)
        # A multiplication by the mask in one pass. It leaves the ends out, so they are a little further away.
        dx = torch.ops.aten.hardtanh_backward(dy, v, lo - 1e-4, hi + 1e-4)
        d_scale = -inner_product(dx, v)
        d_scale = (d_scale + inner_product(dy, v.clamp_(lo, hi).round_())) * factor
        d_shift = None if shift is None else (dy.sum() - dx.sum()) * factor
        return dx if ctx.needs_input_grad[0] else None, d_scale, d_shift, None, None, None


class Quantizer(nn.Module):
    """One scale, and for activations one shift, for a whole tensor; both come from the first tensor at first."""

    def __init__(self, bits, of_weight):
        super().__init__()
        self.lo, self.hi = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if of_weight else (0, 2 ** bits - 1)
        self.scale = nn.Parameter(torch.ones(()))
        self.shift = None if of_weight else nn.Parameter(torch.zeros(()))
        self.initialized = False

    @torch.no_grad()
    def initialize(self, x):
        if self.shift is None:
            self.scale.fill_(2 * x.abs().mean() / math.sqrt(self.hi))
        else:
            self.scale.fill_(((x.max() - x.min()) / (self.hi - self.lo)).clamp(min=1e-8))
            self.shift.fill_(x.min())
        self.initialized = True

    def forward(self, x):
        x = x.float()  # under autocast, rounding itself stays in float32
        if not self.initialized:
            self.initialize(x)
        return FakeQuantize.apply(x, self.scale, self.shift, self.lo, self.hi, 1 / math.sqrt(x.numel() * self.hi))


class QuantizedConv2d(nn.Conv2d):
    def forward(self, x):
        return self._conv_forward(self.of_input(x), self.of_weight(self.weight), self.bias)


class QuantizedLinear(nn.Linear):
    def forward(self, x):
        return F.linear(self.of_input(x), self.of_weight(self.weight), self.bias)


def quantize(net, bits):
    layers = [m for m in net.modules() if type(m) in (nn.Conv2d, nn.Linear)]
    for i, layer in enumerate(layers):
        layer_bits = 8 if i in (0, len(layers) - 1) else bits
        layer.__class__ = QuantizedConv2d if type(layer) is nn.Conv2d else QuantizedLinear
        layer.of_input, layer.of_weight = Quantizer(layer_bits, False), Quantizer(layer_bits, True)
    return net


# ---- nets


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.stride, self.new_channels = stride, outputs - inputs

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        if self.new_channels:  # the shortcut of CIFAR's ResNets: every second pixel, and channels of zeros
            half = self.new_channels // 2
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, half, half))
        return F.relu(x + y)


def resnet20():
    layers, channels = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for outputs in (16, 32, 64):
        for i in range(3):
            layers.append(ResidualBlock(channels, outputs, 2 if i == 0 and outputs > 16 else 1))
            channels = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class LanguageModel(nn.Module):
    """Embedding, LSTM, linear. PyTorch's own LSTM cannot be quantized, so --quant writes the cell out."""

    def __init__(self, bits):
        super().__init__()
        self.embedding, self.scores = nn.Embedding(WORDS, UNITS), nn.Linear(UNITS, WORDS)
        self.lstm, self.bits = nn.LSTM(UNITS, UNITS), bits
        if bits:
            self.of_x, self.of_h = Quantizer(bits, False), Quantizer(bits, False)
            self.of_wx, self.of_wh = Quantizer(bits, True), Quantizer(bits, True)
            self.of_h.initialize(torch.tensor([-1.0, 1.0]))  # where h lies
            self.scores.__class__ = QuantizedLinear
            self.scores.of_input, self.scores.of_weight = Quantizer(bits, False), Quantizer(bits, True)

    def forward(self, words):  # [steps, batch] -> [steps, batch, WORDS]
        x = self.embedding(words)
        return self.scores(self.steps(x) if self.bits else self.lstm(x)[0])

    def steps(self, x):
        wx, wh = self.of_wx(self.lstm.weight_ih_l0), self.of_wh(self.lstm.weight_hh_l0).t()
        of_x = F.linear(self.of_x(x), wx, self.lstm.bias_ih_l0)
        h = c = x.new_zeros(x.shape[1], UNITS)
        outputs = []
        for gates_of_x in of_x:
            i, f, g, o = torch.addmm(gates_of_x, self.of_h(h), wh).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs)


def block(inputs, outputs, size, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs),
                         nn.LeakyReLU(0.1, inplace=True))


class PartialStage(nn.Module):
    """Four convolutions of yolov4-tiny.cfg of which the second and third see half of the channels."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.first, self.second, self.third = block(channels, channels, 3), block(half, half, 3), block(half, half, 3)
        self.last = block(channels, channels, 1)

    def forward(self, x):
        x = self.first(x)
        a = self.second(x[:, x.shape[1] // 2:])
        y = self.last(torch.cat([self.third(a), a], 1))
        return torch.cat([x, y], 1), y


class Yolov4Tiny(nn.Module):
    """The network of darknet's yolov4-tiny.cfg: what stands in front of its two [yolo] sections."""

    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Sequential(block(3, 32, 3, 2), block(32, 64, 3, 2))
        self.stages = nn.ModuleList([PartialStage(c) for c in (64, 128, 256)])
        self.pool = nn.MaxPool2d(2)
        self.deep, self.neck = block(512, 512, 3), block(512, 256, 1)
        self.coarse = nn.Sequential(block(256, 512, 3), nn.Conv2d(512, 3 * (5 + classes), 1))
        self.up = block(256, 128, 1)
        self.fine = nn.Sequential(block(384, 256, 3), nn.Conv2d(256, 3 * (5 + classes), 1))

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x, last = stage(x)
            x = self.pool(x)
        x = self.neck(self.deep(x))
        up = F.interpolate(self.up(x), scale_factor=2)
        return self.coarse(x), self.fine(torch.cat([up, last], 1))


# Darknet's loss of boxes, all pictures at once: CIoU of the anchors that answer for an object, cross-entropy of their
# classes, and of objectness everywhere but where a box overlaps some object well.
ANCHORS = torch.tensor([[10, 14], [23, 27], [37, 58], [81, 82], [135, 169], [344, 319]], dtype=torch.float32)
MASKS, STRIDES, IGNORE = ([3, 4, 5], [1, 2, 3]), (32, 16), 0.7


def overlaps(a, b):
    """IoU of boxes (x, y, w, h), centres first, of shapes that broadcast."""
    least = torch.minimum(a[..., :2] + a[..., 2:] / 2, b[..., :2] + b[..., 2:] / 2)
    most = torch.maximum(a[..., :2] - a[..., 2:] / 2, b[..., :2] - b[..., 2:] / 2)
    both = (least - most).clamp(min=0).prod(-1)
    return both / (a[..., 2:].prod(-1) + b[..., 2:].prod(-1) - both + 1e-9)


def ciou(a, b):
    iou = overlaps(a, b)
    hull = (torch.maximum(a[:, :2] + a[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2)
            - torch.minimum(a[:, :2] - a[:, 2:] / 2, b[:, :2] - b[:, 2:] / 2))
    distance = (a[:, :2] - b[:, :2]).square().sum(1) / (hull.square().sum(1) + 1e-9)
    angle = (torch.atan(b[:, 2] / b[:, 3]) - torch.atan(a[:, 2] / (a[:, 3] + 1e-9))) * 2 / math.pi
    v = angle.square()
    with torch.no_grad():
        alpha = v / (1 - iou + v + 1e-9)
    return iou - distance - alpha * v


def box_loss(heads, pictures, boxes, labels):
    """heads: raw outputs; boxes [n, 4] in pixels, centres first, of the pictures [n], with labels [n]."""
    with torch.no_grad():
        sizes = boxes[:, None, 2:]
        least = torch.minimum(sizes, ANCHORS).prod(-1)
        best = (least / (sizes.prod(-1) + ANCHORS.prod(-1) - least)).argmax(1)
    loss = 0
    for raw, mask, stride in zip(heads, MASKS, STRIDES):
        batch, _, rows, columns = raw.shape
        out = raw.float().permute(0, 2, 3, 1).reshape(batch, rows, columns, 3, -1)
        with torch.no_grad():
            y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
            corner = torch.stack([x, y], -1)[:, :, None]
            found = torch.cat([(out[..., :2].sigmoid() + corner) * stride, out[..., 2:4].exp() * ANCHORS[mask]], -1)
            target, weight = torch.zeros(out.shape[:4]), torch.ones(out.shape[:4])
            for i in range(batch):
                iou = overlaps(found[i].reshape(-1, 1, 4), boxes[pictures == i][None])
                weight[i].view(-1)[iou.max(1).values > IGNORE] = 0
        answers = (best[:, None] == torch.tensor(mask)).nonzero()
        n, anchor = answers[:, 0], answers[:, 1]
        place = (pictures[n], (boxes[n, 1] / stride).long(), (boxes[n, 0] / stride).long(), anchor)
        target[place], weight[place] = 1, 1
        chosen = out[place]
        here = torch.stack([place[2], place[1]], 1)
        mine = torch.cat([(chosen[:, :2].sigmoid() + here) * stride, chosen[:, 2:4].exp() * ANCHORS[mask][anchor]], 1)
        loss = loss + 0.07 * (1 - ciou(mine, boxes[n])).sum()
        loss = loss + F.binary_cross_entropy_with_logits(out[..., 4], target, weight, reduction="sum")
        loss = loss + F.binary_cross_entropy_with_logits(chosen[:, 5:], F.one_hot(labels[n], out.shape[-1] - 5).float(),
                                                         reduction="sum")
    return loss / heads[0].shape[0]


def random_boxes(batch, side, classes, each=7):
    """As bench/bench_nets.cpp makes them."""
    size = torch.empty(batch * each, 2).uniform_(0.05, 0.6) * side
    corner = torch.rand(batch * each, 2) * (side - size)
    return (torch.arange(batch).repeat_interleave(each), torch.cat([corner + size / 2, size], 1),
            torch.randint(classes, (batch * each,)))


def build_net(name, bits):
    if name == "lstm":
        return LanguageModel(bits)
    if name == "resnet20":
        net = resnet20()
    elif name == "yolov4-tiny":
        net = Yolov4Tiny(IMAGE_NETS[name][2])
    else:
        import torchvision
        net = getattr(torchvision.models, name)()
    return quantize(net, bits) if bits else net


# ---- measurement


def main():
    chosen = ARGUMENTS
    torch.manual_seed(0)
    torch.set_num_threads(chosen.threads)
    is_text = chosen.model == "lstm"
    net = build_net(chosen.model, chosen.bits if chosen.quant == "function" else 0).train()
    batch, side, classes = (20, 0, WORDS) if is_text else IMAGE_NETS[chosen.model]
    batch = chosen.batch or batch
    samples = batch * chosen.unroll if is_text else batch
    x = torch.randint(WORDS, (chosen.unroll, batch)) if is_text else torch.randn(batch, 3, side, side)
    finds_boxes = chosen.model == "yolov4-tiny"
    targets = random_boxes(batch, side, classes) if finds_boxes else torch.randint(classes, (samples,))
    if chosen.channels_last and not is_text:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    # The same as bench_training of ours.
    momentum, decay = (0, 0) if is_text else (0.9, 1e-4)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-5 if finds_boxes else 0.001, momentum=momentum,
                                weight_decay=decay, nesterov=momentum > 0 and not finds_boxes)

    def step():
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=chosen.bf16):
            scores = net(x)
        loss = (box_loss(scores, *targets) if finds_boxes
                else F.cross_entropy(scores.float().view(samples, classes), targets))
        loss.backward()
        if is_text:
            nn.utils.clip_grad_norm_(net.parameters(), 0.25)
        optimizer.step()
        return time.perf_counter() - start, float(loss.detach())

    warmup = [step() for _ in range(chosen.warmup)]
    measured = [step() for _ in range(chosen.steps)]
    seconds = [took for took, _ in measured]
    middle = statistics.median(seconds)
    unit = "tokens" if is_text else "images"
    print(json.dumps({
        "engine": "torch", "model": chosen.model, "batch": batch, "quant": chosen.quant, "threads": chosen.threads,
        unit + "_per_s": round(samples / middle, 2), "best_" + unit + "_per_s": round(samples / min(seconds), 2),
        "step_ms": round(1e3 * middle, 2), "steps": len(seconds),
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "loss_first": round((warmup + measured)[0][1], 4), "loss_last": round(measured[-1][1], 4),
        "channels_last": chosen.channels_last, "malloc": chosen.malloc, "bf16": chosen.bf16,
        "torch": torch.__version__}), flush=True)


main()
