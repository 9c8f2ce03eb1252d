#!/usr/bin/python3
"""Times a training step of the encoder or decoder in PyTorch, for comparison with `lowbend bench`.

    bench_peer.py [--images 64x64x1] [--layers 512,512,512,16] [--pairs 128] [--seconds 1]
                  [--threads 1,2] [--activation elu|silu] [--optimizer adam|muon]
                  [--decoder 256,dense4x4x64,deconv32,deconv16,deconv3]

Network (layers as in --hidden, then the latent size), loss, optimizer and batch size are those of
lowbend. The images are already in memory, channels last; nothing is rendered or sampled. --decoder
lists all layers of a decoder, which is then trained instead: it decodes noisy codes of one image per
pair, and the encoder stays fixed. Every number of threads is timed, eager and with torch.compile
where available. For reference, the script also times OpenBLAS's product of two 1024 x 1024 float32
matrices. Prints one line of JSON; `eager` and `compiled` are the median and the best time with the
faster number of threads.
"""

import argparse
import ctypes
import ctypes.util
import glob
import json
import os
import pathlib
import re
import statistics
import time


def name_core():
    """Selects OpenBLAS's kernels by the CPU's instruction sets, unless the caller has: OpenBLAS does
    not recognise every virtual CPU, and falls back to its slowest kernels."""
    try:
        flags = pathlib.Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return
    if "avx512f" in flags:
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    elif "avx2" in flags:
        os.environ.setdefault("OPENBLAS_CORETYPE", "Haswell")


def openblas():
    """Loads OpenBLAS; None if it is not installed."""
    places = glob.glob("/usr/lib/*/openblas-pthread/libopenblas.so*") + ["libopenblas.so.0"]
    for place in places:
        try:
            return ctypes.CDLL(place)
        except OSError:
            continue
    return None


def sgemm_gflops(threads, seconds):
    """Best and median speed of a 1024^3 product with the best number of threads."""
    library = openblas()
    if library is None:
        return None
    side = 1024
    floats = ctypes.c_float * (side * side)
    a = floats(*((i * 2654435761 % 2048) / 2048 - 0.5 for i in range(side * side)))
    c = floats()
    best = 0.0
    for n in threads:
        library.openblas_set_num_threads(n)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            start = time.perf_counter()
            library.cblas_sgemm(101, 111, 111, side, side, side, ctypes.c_float(1), a, side, a,
                                side, ctypes.c_float(0), c, side)
            best = max(best, 2e-9 * side**3 / (time.perf_counter() - start))
    return best


IMAGE = re.compile(r"dense(\d+)x(\d+)x(\d+)")
CONVOLUTION = re.compile(r"conv(\d+)(?:k(\d+))?(?:s(\d+))?")


def make_network(torch, shape, layers, activation):
    """A network on images (n, channels, height, width), or on vectors."""
    activation = {"elu": torch.nn.ELU, "silu": torch.nn.SiLU}[activation]
    modules = []
    channels, height, width = shape
    for i, token in enumerate(layers):
        convolution = CONVOLUTION.fullmatch(token)
        image = IMAGE.fullmatch(token)
        if image:
            height, width, out = map(int, image.groups())
            modules += [torch.nn.Linear(channels, height * width * out), activation(),
                        torch.nn.Unflatten(1, (out, height, width))]
            channels = out
        elif token.startswith("deconv"):
            out = int(token[len("deconv"):])
            modules.append(torch.nn.ConvTranspose2d(channels, out, 4, 2, 1))
            if i + 1 < len(layers):
                modules.append(activation())
            channels, height, width = out, 2 * height, 2 * width
        elif token == "pool":
            modules.append(torch.nn.AvgPool2d(2))
            height, width = height // 2, width // 2
        elif convolution:
            out, kernel, stride = (int(n or default) for n, default in
                                   zip(convolution.groups(), (0, 3, 1)))
            padding = (kernel - 1) // 2
            modules += [torch.nn.Conv2d(channels, out, kernel, stride, padding), activation()]
            channels = out
            height, width = ((side + 2 * padding - kernel) // stride + 1
                             for side in (height, width))
        else:
            if height * width > 1:
                modules.append(torch.nn.Flatten())
            modules.append(torch.nn.Linear(channels * height * width, int(token)))
            if i + 1 < len(layers):
                modules.append(activation())
            channels, height, width = int(token), 1, 1
    return torch.nn.Sequential(*modules).to(memory_format=torch.channels_last)


def orthogonalised(u):
    """Five Newton-Schulz steps (Jordan 2024), on the transpose if there are more rows than columns."""
    x = u.T if u.shape[0] > u.shape[1] else u
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.T if u.shape[0] > u.shape[1] else x


class Muon:
    """Muon for the weights of all layers but the last, as in lowbend; Adam for the rest."""

    def __init__(self, torch, network, function):
        matrices = [p for p in network.parameters() if p.dim() > 1][:-1]
        rest = [p for p in network.parameters() if all(p is not q for q in matrices)]
        self.adam = torch.optim.Adam(rest, lr=1e-3)
        self.rate = 0.02
        self.momenta = [(p, torch.zeros_like(p.flatten(1))) for p in matrices]
        self.function = function
        self.no_grad = torch.no_grad

    def zero_grad(self, set_to_none):
        self.adam.zero_grad(set_to_none=set_to_none)
        for p, _ in self.momenta:
            p.grad = None

    def step(self):
        self.adam.step()
        with self.no_grad():
            for p, momentum in self.momenta:
                gradient = p.grad.flatten(1)
                momentum.mul_(0.95).add_(gradient)
                u = self.function(gradient.add(momentum, alpha=0.95))
                scale = max(1.0, u.shape[0] / u.shape[1]) ** 0.5
                p.sub_(u.view_as(p), alpha=self.rate * scale)


def make_update(torch, network, options, function):
    """Creates the optimizer; Muon uses `function` to orthogonalise."""
    return (Muon(torch, network, function) if options.optimizer == "muon"
            else torch.optim.Adam(network.parameters(), lr=1e-3))


def set_rates(update, adam_rate, muon_rate):
    """Sets the learning rates of an optimizer created by make_update()."""
    for group in getattr(update, "adam", update).param_groups:
        group["lr"] = adam_rate
    if isinstance(update, Muon):
        update.rate = muon_rate


def make_decoder_step(torch, shape, options, function):
    """A function that runs a decoder step on a fixed batch and returns the loss."""
    layers = options.layers.split(",")
    images = torch.rand(options.pairs, *shape)
    if any(not token.isdigit() for token in layers):
        images = images.to(memory_format=torch.channels_last)
    else:
        images = images.flatten(1)
        shape = (images.shape[1], 1, 1)
    encoder = make_network(torch, shape, layers, options.activation).requires_grad_(False)
    decoder = make_network(torch, (int(layers[-1]), 1, 1), options.decoder.split(","),
                           options.activation)
    update = make_update(torch, decoder, options, function)

    def error(images):
        with torch.no_grad():
            codes = encoder(images)
            codes = codes + 0.03 * torch.randn_like(codes)
        return ((decoder(codes) - images) ** 2).mean()

    def step(function=error):
        update.zero_grad(set_to_none=True)
        function(images).backward()
        update.step()

    return step, error


def make_step(torch, shape, options, function):
    """A function that runs an encoder step on a fixed batch and returns E."""
    if options.decoder:
        return make_decoder_step(torch, shape, options, function)
    layers = options.layers.split(",")
    pairs = options.pairs
    epsilon, weight = 0.3, 0.03
    images = torch.rand(3 * pairs, *shape)
    if any(not token.isdigit() for token in layers):
        images = images.to(memory_format=torch.channels_last)
    else:
        images = images.flatten(1)
        shape = (images.shape[1], 1, 1)
    network = make_network(torch, shape, layers, options.activation)
    update = make_update(torch, network, options, function)
    distance = torch.rand(pairs, 1) * 0.9 * epsilon + 0.1 * epsilon

    def energy(images):
        x, y, middle = network(images).split(pairs)
        square = (((y - x) / distance) ** 2).sum(1).clamp(min=1e-12)
        second = 0.5 * ((x - middle) + (y - middle)) * (8 / distance**2)
        gamma = (square - 1) ** 2 / square
        return gamma.mean() + weight * (second**2).sum(1).mean()

    def step(function=energy):
        update.zero_grad(set_to_none=True)
        function(images).backward()
        update.step()

    return step, energy


def time_step(step, seconds):
    """Median and best milliseconds of a step, after three warm-up steps."""
    for _ in range(3):
        step()
    times = []
    end = time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - start))
    return statistics.median(times), min(times)


def main():
    name_core()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", default="64x64x1")
    parser.add_argument("--layers", default="512,512,512,16")
    parser.add_argument("--pairs", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--activation", choices=["elu", "silu"], default="elu")
    parser.add_argument("--optimizer", choices=["adam", "muon"], default="adam")
    parser.add_argument("--decoder", default="", help="layers; times the decoder's step")
    parser.add_argument("--no-compile", action="store_true")
    options = parser.parse_args()
    height, width, channels = [1, 1, *map(int, options.images.split("x"))][-3:]
    threads = [int(n) for n in options.threads.split(",")]
    result = {"sgemm_gflops": sgemm_gflops(threads, options.seconds / 2)}
    try:
        import torch
    except ImportError:
        torch = None
    if torch is not None:
        result["torch"] = torch.__version__
        for n in threads:
            torch.set_num_threads(n)
            torch.manual_seed(0)
            step, energy = make_step(torch, (channels, height, width), options, orthogonalised)
            result[f"eager_{n}_ms"] = time_step(step, options.seconds)
            if hasattr(torch, "compile") and not options.no_compile:
                step, energy = make_step(torch, (channels, height, width), options,
                                         torch.compile(orthogonalised, dynamic=False))
                compiled = torch.compile(energy)
                result[f"compiled_{n}_ms"] = time_step(lambda f=compiled: step(f), options.seconds)
        for kind in ("eager", "compiled"):
            times = [value for key, value in result.items() if key.startswith(kind)]
            if times:
                result[kind] = [min(column) for column in zip(*times)]
    print(json.dumps(result))


if __name__ == "__main__":
    main()
