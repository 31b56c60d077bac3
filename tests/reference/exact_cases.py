# SPDX-License-Identifier: MIT
"""Whole networks whose expectations can be had to rounding: writes exact_cases.json.

Kernels, tangent kernels, shares and squared gradients of every group, each group carried forward alone.
One token has Omega = 1; C_Q C_K = 0 makes attention uniform; two or three tokens are integrated on a grid.
Usage: exact_cases.py
"""
import copy
import os
import time

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np

from definitions import Flow, Moments, exact_moments, softmax, softmax_jacobian, write_table

SEED = 11


def attention(mask="none", q=0.9, k=1.3, v=1.1, u=0.7):
    return {"kind": "attention", "mask": mask, "C_Q": q, "C_K": k, "C_V": v, "C_U": u}


def mlp(activation, multiplier=2, w=1.5, x=1.2):
    return {"kind": "mlp", "activation": activation, "multiplier": multiplier, "C_W": w, "C_X": x}


def patch_stem(inputs, tokens, patch=1.1, position=0.3, cls=None):
    stem = {"kind": "patch", "inputs": inputs, "tokens": tokens, "C_patch": patch, "C_PE": position}
    return stem if cls is None else {**stem, "class_token": {"C_cls": cls}}


def token_stem(vocabulary, tokens, word=0.8, position=0.25):
    return {"kind": "token", "vocabulary": vocabulary, "tokens": tokens, "C_WE": word, "C_PE": position}


def linear(pool="none", outputs=7, bias=True, weight=1.2):
    return {"kind": "linear", "outputs": outputs, "bias": bias, "C_head": weight, "pool": pool}


def tied(pool="none"):
    return {"kind": "tied", "pool": pool}


RATES = {"patch": 0.9, "WE": 1.3, "cls": 0.6, "PE": 0.5, "Q": 1.5, "K": 2.0, "V": 0.7, "U": 1.2, "W": 0.8, "X": 1.6,
         "head": 1.1, "head_bias": 0.4}


def network(stem, blocks, head, repeat=1, epsilon=1e-5, rates=True, width=48, heads=4):
    """A model file with every field; Lambdas other than 1 for the groups that the model has."""
    symbols = ["patch" if stem["kind"] == "patch" else "WE", *(["cls"] if "class_token" in stem else []), "PE"]
    symbols += [s for s in "QKVU" if any(b["kind"] == "attention" for b in blocks)]
    symbols += [s for s in "WX" if any(b["kind"] == "mlp" for b in blocks)]
    symbols += ["head"] * (head["kind"] == "linear") + ["head_bias"] * head.get("bias", False)
    return {"width": width, "heads": heads, "norm": {"epsilon": epsilon}, "stem": stem, "blocks": blocks,
            "repeat": repeat, "head": head, "learning_rate": {s: RATES[s] for s in symbols} if rates else {}}


def patches(rng, samples, tokens, inputs):
    return {"patches": np.round(rng.standard_normal((samples, tokens, inputs)), 3).tolist()}


def problems(rng):
    """(name, model, input)."""
    # One token: the softmax has nothing to choose.
    for activation in ("relu", "identity", "erf", "gelu"):
        yield (f"one_token_{activation}",
               network(patch_stem(3, 1), [attention(), mlp(activation)], linear(), repeat=2, epsilon=1e-3),
               patches(rng, 4, 1, 3))
    yield ("one_token_tied_erf", network(token_stem(9, 1), [attention("causal"), mlp("erf", 3)], tied(), repeat=2),
           {"token_ids": [[4], [0], [4], [7]]})
    yield ("one_token_zero_learning_rates",
           {**network(patch_stem(3, 1), [attention(), mlp("relu")], linear(bias=False)),
            "learning_rate": {"patch": 0.0, "K": 0.0, "X": 0.0, "head": 0.0}}, patches(rng, 2, 1, 3))

    # Uniform attention: J is not zero, and the group whose partner has no variance still learns.
    for mask in ("none", "causal"):
        for silent in ("query", "key", "query_and_key"):
            block = attention(mask, q=0.0 if "query" in silent else 0.9, k=0.0 if "key" in silent else 1.3)
            yield (f"uniform_{mask}_no_{silent}",
                   network(patch_stem(4, 3), [block, mlp("gelu", 3, 0.8, 1.4)],
                           linear("mean" if mask == "none" else "none"), repeat=2, epsilon=0.02), patches(rng, 2, 3, 4))
    yield ("uniform_class_token", network(patch_stem(4, 2, cls=0.7), [attention(q=0.0), mlp("relu")], linear("class")),
           patches(rng, 2, 2, 4))
    yield ("uniform_tied_causal", network(token_stem(12, 3), [attention("causal", k=0.0), mlp("erf")], tied("mean")),
           {"token_ids": [[5, 2, 5], [2, 2, 8]]})

    # Sampled nowhere, yet general: two and three tokens.
    yield ("two_tokens_causal_tied",
           network(token_stem(12, 2), [attention("causal"), mlp("gelu", 4)], tied(), repeat=2),
           {"token_ids": [[5, 2], [2, 2], [5, 9]]})
    yield ("two_tokens_class_token",
           network(patch_stem(4, 1, cls=0.7), [attention(q=2.0), mlp("relu")], linear("class"), repeat=2, epsilon=0.3),
           patches(rng, 2, 1, 4))
    yield ("two_tokens_class_token_mean", network(patch_stem(4, 1, cls=0.7), [attention()], linear("mean", bias=False)),
           patches(rng, 2, 1, 4))
    yield ("two_tokens_large_logits",
           network(patch_stem(3, 2), [attention(q=4.0, k=4.0), mlp("erf")], linear("mean"), repeat=2),
           patches(rng, 2, 2, 3))
    yield ("attention_only", network(patch_stem(3, 2), [attention()], linear(), repeat=3), patches(rng, 1, 2, 3))
    yield ("mlp_only", network(patch_stem(3, 2), [mlp("relu"), mlp("gelu")], linear("mean"), repeat=2),
           patches(rng, 2, 2, 3))
    yield ("stem_and_head", network(patch_stem(3, 2), [], linear("mean"), epsilon=0.1), patches(rng, 2, 2, 3))
    yield ("three_tokens",
           network(patch_stem(4, 3), [attention(q=0.6, k=0.8), mlp("relu")], linear("mean"), repeat=2, epsilon=0.05),
           patches(rng, 1, 3, 4))
    yield ("three_tokens_causal_tied",
           network(token_stem(12, 3), [attention("causal", q=1.0, k=0.7), mlp("gelu")], tied(), repeat=2),
           {"token_ids": [[5, 2, 5], [2, 8, 1]]})
    yield ("three_tokens_class_token",
           network(patch_stem(4, 2, cls=0.5), [attention(q=0.5, k=0.5), mlp("gelu", 4, 0.4, 1.6)], linear("class")),
           patches(rng, 2, 2, 4))


def expectations(rows, f, variance):
    """Omega = softmax(0) where C_Q C_K = 0 or one key is seen; otherwise the grid."""
    if variance == 0 or rows.tokens == 1:
        p = softmax(np.zeros((rows.count, rows.tokens)), rows.visible)
        j = softmax_jacobian(p)
        return Moments(rows, np.einsum("rt,sv->rtsv", p, p), np.einsum("rtu,svw->rtusvw", j, j))
    return exact_moments(rows, f, variance)


def check(name, record):
    """Shares add up to the output's tangent kernel; kernels are symmetric and of non-negative variance."""
    total = sum(group["tangent"] for group in record["groups"])
    gap = abs(total - np.diag(record["output"]["Theta"]).mean())
    assert gap < 1e-12 * max(total, 1), (name, gap)
    for block in record["blocks"]:
        for kernel in (block["G"], block["Theta"]):
            assert abs(kernel - kernel.T).max() < 1e-12 * max(abs(kernel).max(), 1), name
            assert np.linalg.eigvalsh(kernel).min() > -1e-12 * max(abs(kernel).max(), 1), name


def main():
    start = time.time()
    rng = np.random.default_rng(SEED)
    cases = []
    for name, model, data in problems(rng):
        begin = time.time()
        expected = Flow(copy.deepcopy(model), data, expectations).record()
        check(name, expected)
        cases.append({"name": name, "model": model, "input": data, "expected": expected,
                      "standard_error": {"G": 0.0, "Theta": 0.0}})
        print(f"{name}: {time.time() - begin:.1f} s", flush=True)
    write_table(os.path.join(os.path.dirname(os.path.abspath(__file__)), "exact_cases.json"),
                {"seed": SEED, "cases": cases})
    print(f"{time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
