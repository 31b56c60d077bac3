# SPDX-License-Identifier: MIT
"""Compares the program with neural-tangents on one thread of the processor, where both can compute the same.

MLP blocks with layer norm, residual connections and mean pooling over tokens; softmax attention at 1/sqrt(C) it has not.
Run by hand:
  python3 -m venv nt && nt/bin/pip install neural-tangents==0.6.5 jax==0.4.25 jaxlib==0.4.25 'numpy<2' 'scipy<1.13'
  nt/bin/python tests/benchmark/neural_tangents.py build/widthwise
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

sys.path.pop(0)  # the folder of this file, which has the name of their package
import jax
import numpy as np

warnings.filterwarnings("ignore")
jax.config.update("jax_enable_x64", True)
from neural_tangents import stax

C_PATCH, C_W, C_X, C_HEAD, EPSILON, INPUTS, BLOCKS, REPEATS = 1.0, 1.5, 0.8, 1.2, 1e-6, 64, 6, 5
ACTIVATIONS = {"relu": stax.Relu(), "erf": stax.Erf(), "gelu": stax.Gelu()}


def network(activation):
    def dense(coefficient):
        return stax.Dense(1, W_std=coefficient ** 0.5, parameterization="ntk")

    norm = stax.LayerNorm(axis=-1, eps=EPSILON)
    block = stax.serial(stax.FanOut(2), stax.parallel(stax.serial(norm, dense(C_W), ACTIVATIONS[activation], dense(C_X)),
                                                      stax.Identity()), stax.FanInSum())
    _, _, kernel = stax.serial(dense(C_PATCH), *[block] * BLOCKS, norm, stax.GlobalAvgPool(), dense(C_HEAD))
    return jax.jit(lambda x: kernel(x, None, ("nngp", "ntk")))


def model(activation, tokens):
    # Their tangent kernel counts a weight with its coefficient.
    return {"width": 1024, "heads": 1, "norm": {"epsilon": EPSILON},
            "stem": {"kind": "patch", "inputs": INPUTS, "tokens": tokens, "C_patch": C_PATCH, "C_PE": 0},
            "blocks": [{"kind": "mlp", "activation": activation, "multiplier": 4, "C_W": C_W, "C_X": C_X}],
            "repeat": BLOCKS,
            "head": {"kind": "linear", "outputs": 1, "bias": False, "C_head": C_HEAD, "pool": "mean"},
            "learning_rate": {"patch": C_PATCH, "PE": 0, "W": C_W, "X": C_X, "head": C_HEAD}}


def seconds(work):
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return times, result


def spread(times):
    return f"{1e3 * statistics.median(times):.0f} ({1e3 * min(times):.0f} – {1e3 * max(times):.0f})"


def main():
    program = sys.argv[1]
    print(f"neural-tangents on jax {jax.__version__}, one thread, doubles; {BLOCKS} MLP blocks; median of {REPEATS} (least – greatest)\n")
    print("| activation | samples | tokens | neural-tangents, compiling ms | neural-tangents, compiled ms | widthwise ms, all included | difference of G, Θ |")
    print("|---" * 7 + "|")
    with tempfile.TemporaryDirectory() as folder:
        for activation in ACTIVATIONS:
            for samples, tokens in ((1, 196), (8, 16), (4, 64)):
                x = np.random.default_rng(1).standard_normal((samples, tokens, INPUTS))
                paths = {}
                for name, value in (("model", model(activation, tokens)), ("input", {"patches": x.tolist()})):
                    paths[name] = os.path.join(folder, name + ".json")
                    with open(paths[name], "w") as file:
                        json.dump(value, file)
                kernel = network(activation)
                start = time.perf_counter()
                jax.block_until_ready(kernel(x))
                compiling = time.perf_counter() - start
                theirs, result = seconds(lambda: jax.block_until_ready(kernel(x)))
                command = [program, "flow", "--model", paths["model"], "--input", paths["input"], "--threads", "1", "--format", "json"]
                ours, text = seconds(lambda: subprocess.run(command, check=True, capture_output=True).stdout)
                output = json.loads(text)["output"]
                apart = [np.abs(np.array(output[mine]) - other).max() / np.abs(other).max()
                         for mine, other in (("G", np.array(result.nngp)), ("Theta", np.array(result.ntk)))]
                print(f"| {activation} | {samples} | {tokens} | {1e3 * compiling:.0f} | {spread(theirs)} | {spread(ours)} | "
                      f"{apart[0]:.0e}, {apart[1]:.0e} |", flush=True)


if __name__ == "__main__":
    main()
