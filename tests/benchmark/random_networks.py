# SPDX-License-Identifier: MIT
"""How long random networks, differentiated by jax, take to give the output's tangent kernel as precisely as the program does.

Run by hand, with numpy, scipy and jax: python3 tests/benchmark/random_networks.py build/widthwise [seconds for each width]
The error of a mean over networks falls as one over the root of their number. Time is measured for as many as fit
into the given seconds and extrapolated by that law; drawing the weights is included, compiling is not. What does
not fall with the number of networks is the distance of a finite width from the infinite one.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "reference"))
import network_finite_width as networks  # sets jax to one thread

import jax
import numpy as np

CHANNELS, OUTPUTS, TOKENS, INPUTS = 16, 8, 16, 48
MODEL = {"width": 128, "heads": 8, "norm": {"epsilon": 1e-6},
         "stem": {"kind": "patch", "inputs": INPUTS, "tokens": TOKENS, "C_patch": 1.0, "C_PE": 4e-4},
         "blocks": [{"kind": "attention", "mask": "none", "C_Q": 0.5, "C_K": 0.5, "C_V": 0.5, "C_U": 1 / 3},
                    {"kind": "mlp", "activation": "gelu", "multiplier": 4, "C_W": 0.4, "C_X": 1.6}],
         "repeat": 2,
         "head": {"kind": "linear", "outputs": OUTPUTS, "bias": True, "C_head": 1.0, "pool": "mean"},
         "learning_rate": {}}


def brute_force(data, width, limit):
    """Seconds a network, and the tangent kernels found."""
    heads = width // CHANNELS
    model = {**MODEL, "width": width, "heads": heads}
    run = networks.measurement(model, data, networks.pooling(model, data))
    rates = {name: 1 / order for name, _, order, _ in networks.group_table(model, data)}
    rng = np.random.default_rng(width)

    def one():
        _, _, products = jax.block_until_ready(run(networks.draw(model, rng)))
        return sum(rates[name] * np.array(products[name], float) for name in rates)

    one()
    found, start = [], time.perf_counter()
    while len(found) < 8 or time.perf_counter() - start < limit:
        found.append(one())
    return (time.perf_counter() - start) / len(found), np.array(found)


def main():
    program, limit = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    rng = np.random.default_rng(1)
    smooth = np.cumsum(rng.standard_normal((2, TOKENS, INPUTS)), 1)  # neighbours are alike
    data = {"patches": np.round(smooth / smooth.std(), 3).tolist()}
    flows = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, value in (("model", MODEL), ("input", data)):
            paths[name] = os.path.join(folder, name + ".json")
            with open(paths[name], "w") as file:
                json.dump(value, file)
        for tolerance in ("1e-2", "1e-3"):
            times = []
            for _ in range(5):
                start = time.perf_counter()
                text = subprocess.run([program, "flow", "--model", paths["model"], "--input", paths["input"], "--threads", "1",
                                       "--tolerance", tolerance, "--format", "json"], check=True, capture_output=True).stdout
                times.append(time.perf_counter() - start)
            output = json.loads(text)["output"]
            flows[tolerance] = (sorted(times)[2], output["standard_error"]["Theta"], np.array(output["Theta"]))

    print("| | width | s a network | relative error of one | distance of the width | tolerance | error reached by the program "
          "| program s, all included | networks as precise | networks' s | ratio |")
    print("|---" * 11 + "|")
    for width in (64, 128, 256):
        seconds, found = brute_force(data, width, limit)
        largest = np.abs(found.mean(0)).max()
        scatter = found.std(0, ddof=1).max() / largest
        for tolerance, (program_seconds, error, theta) in flows.items():
            distance = np.abs(found.mean(0) - theta).max() / np.abs(theta).max()
            count = max(1.0, (scatter / error) ** 2)
            print(f"| {len(found)} networks | {width} | {seconds:.3g} | {scatter:.2g} | {distance:.1g} ± {scatter / len(found) ** 0.5:.1g} | "
                  f"{tolerance} | {error:.1g} | {program_seconds:.2g} | {count:.3g} | {count * seconds:.3g} | "
                  f"{count * seconds / program_seconds:.3g} |", flush=True)


if __name__ == "__main__":
    main()
