# SPDX-License-Identifier: MIT
"""Real random Transformers, differentiated by jax, extrapolated to infinite width: writes network_finite_width.json.

Needs jax. Networks are drawn on a grid of heads H and channels per head C = n/H. Attention averages over H heads,
logits over C channels and everything else over n = H C, so measured means are fitted by a + b/H + c/C + d/(H C),
and a is the table's entry.
Usage: network_finite_width.py [scale of the number of networks]
"""
import os
import sys
import time

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

from definitions import all_blocks, group_table, layout, mean_and_error, pooling, tree_map, write_table

SEED = 404
OUTPUTS = 8
NETWORKS_AT_WIDTH_128 = 1600  # elsewhere in inverse proportion to width

VISION = {"width": 128, "heads": 8, "norm": {"epsilon": 1e-3},
          "stem": {"kind": "patch", "inputs": 5, "tokens": 3, "C_patch": 1.0, "C_PE": 0.3, "class_token": {"C_cls": 0.8}},
          "blocks": [{"kind": "attention", "mask": "none", "C_Q": 0.8, "C_K": 1.0, "C_V": 0.9, "C_U": 0.8},
                     {"kind": "mlp", "activation": "relu", "multiplier": 2, "C_W": 1.5, "C_X": 0.8}],
          "repeat": 2,
          "head": {"kind": "linear", "outputs": OUTPUTS, "bias": True, "C_head": 1.2, "pool": "mean"},
          "learning_rate": {"patch": 0.8, "cls": 1.4, "PE": 0.6, "Q": 1.5, "K": 2.0, "V": 0.7, "U": 1.2, "W": 0.9,
                            "X": 1.3, "head": 1.1, "head_bias": 0.5}}
# Items 4 and up do not occur in the input; only their outputs are taken: they carry no contact terms of the tied head.
LANGUAGE = {"width": 128, "heads": 8, "norm": {"epsilon": 1e-5},
            "stem": {"kind": "token", "vocabulary": 4 + OUTPUTS, "tokens": 3, "C_WE": 1.0, "C_PE": 0.2},
            "blocks": [{"kind": "attention", "mask": "causal", "C_Q": 1.0, "C_K": 0.8, "C_V": 1.0, "C_U": 0.7},
                       {"kind": "mlp", "activation": "gelu", "multiplier": 2, "C_W": 1.2, "C_X": 1.1}],
            "repeat": 2, "head": {"kind": "tied", "pool": "none"},
            "learning_rate": {"WE": 0.7, "PE": 1.2, "Q": 1.5, "K": 2.0, "V": 0.8, "U": 1.3, "W": 0.9, "X": 1.1}}

# (heads, channels per head)
GRID = [(4, 16), (4, 32), (4, 64), (8, 16), (8, 32), (8, 64), (16, 8), (16, 16), (16, 32), (32, 8), (32, 16)]


def cases():
    """(variants of one network that differ in pooling alone, input)."""
    rng = np.random.default_rng(SEED)
    data = {"patches": np.round(rng.standard_normal((2, 3, 5)), 3).tolist()}
    yield ([("vision_" + pool, {**VISION, "head": {**VISION["head"], "pool": pool}}) for pool in ("mean", "class")], data)
    yield [("language_tied", LANGUAGE)], {"token_ids": [[0, 1, 0], [2, 1, 3]]}


def draw(model, rng):
    """Weights by group name, entries as in theory section 1."""
    n, stem, head = model["width"], model["stem"], model["head"]

    def normal(variance, *shape):
        return (np.sqrt(variance) * rng.standard_normal(shape, dtype=np.float32)).astype(np.float32)

    weights = {}
    if stem["kind"] == "patch":
        weights["patch"] = normal(stem["C_patch"] / stem["inputs"], n, stem["inputs"])
    else:
        weights["WE"] = normal(stem["C_WE"], n, stem["vocabulary"])
    if "class_token" in stem:
        weights["cls"] = normal(stem["class_token"]["C_cls"], n)
    weights["PE"] = normal(stem["C_PE"], stem["tokens"] + ("class_token" in stem), n)
    for index, block in enumerate(all_blocks(model), start=2):
        if block["kind"] == "attention":
            for g in "QKVU":
                weights[f"block{index}.{g}"] = normal(block[f"C_{g}"] / n, n, n)
        else:
            m = block["multiplier"] * n
            weights[f"block{index}.W"] = normal(block["C_W"] / n, m, n)
            weights[f"block{index}.X"] = normal(block["C_X"] / m, n, m)
    if head["kind"] == "linear":
        weights["head"] = normal(head["C_head"] / n, head["outputs"], n)
        if head["bias"]:
            weights["head_bias"] = np.zeros(head["outputs"], np.float32)
    return weights


def layer_norm(z, epsilon):
    centred = z - z.mean(-1, keepdims=True)
    return centred / jnp.sqrt((centred ** 2).mean(-1, keepdims=True) + epsilon)


def forward(model, data, weights):
    """z of every block and the outputs of every row: (samples, tokens, n) and (rows, outputs)."""
    n, heads, stem = model["width"], model["heads"], model["stem"]
    epsilon = model["norm"]["epsilon"]
    if stem["kind"] == "patch":
        z = jnp.array(data["patches"], jnp.float32) @ weights["patch"].T
    else:
        z = weights["WE"].T[jnp.array(data["token_ids"])]
    if "class_token" in stem:
        z = jnp.concatenate([jnp.broadcast_to(weights["cls"], (len(z), 1, n)), z], 1)
    z = z + weights["PE"]
    stages = [z]
    for index, block in enumerate(all_blocks(model), start=2):
        s = layer_norm(z, epsilon)
        if block["kind"] == "attention":
            q, k, v = ((s @ weights[f"block{index}.{g}"].T).reshape(*s.shape[:2], heads, n // heads) for g in "QKV")
            logits = jnp.einsum("athc,auhc->ahtu", q, k) / jnp.sqrt(n // heads)
            if block["mask"] == "causal":
                logits = jnp.where(jnp.tril(jnp.ones(logits.shape[-2:], bool)), logits, -jnp.inf)
            mixed = jnp.einsum("ahtu,auhc->athc", jax.nn.softmax(logits, -1), v)
            z = z + mixed.reshape(s.shape) @ weights[f"block{index}.U"].T
        else:
            sigma = {"relu": jax.nn.relu, "gelu": lambda x: jax.nn.gelu(x, approximate=False)}[block["activation"]]
            z = z + sigma(s @ weights[f"block{index}.W"].T) @ weights[f"block{index}.X"].T
        stages.append(z)
    s = layer_norm(z, epsilon).reshape(-1, n)
    if model["head"]["kind"] == "linear":
        return stages, s @ weights["head"].T + weights["head_bias"]
    unseen = np.setdiff1d(np.arange(stem["vocabulary"]), np.unique(data["token_ids"]))
    return stages, (s @ weights["WE"][:, unseen]) / jnp.sqrt(n)


def measurement(model, data, pools):
    """A compiled function: weights -> covariances per channel, and gradient products per group, of one network."""
    n = model["width"]
    pool = jnp.array(pools, jnp.float32)

    def measure(weights):
        stages, _ = forward(model, data, weights)
        kernels = [(lambda z: z @ z.T / n)(stage.reshape(-1, n)) for stage in stages]
        outputs, pullback = jax.vjp(lambda w: pool @ forward(model, data, w)[1], weights)
        rows, count = outputs.shape

        def products(output):
            pick = jnp.eye(rows)[:, :, None] * jax.nn.one_hot(output, count)
            gradients = jax.vmap(lambda cotangent: pullback(cotangent)[0])(pick)
            return {name: g.reshape(rows, -1) @ g.reshape(rows, -1).T for name, g in gradients.items()}

        total = jax.lax.map(products, jnp.arange(count))
        return kernels, outputs @ outputs.T / count, {name: g.mean(0) for name, g in total.items()}

    return jax.jit(measure)


def measure(variants, data, heads, channels, networks, rng):
    """For each variant, the records of the networks, laid out as the program's output."""
    model = {**variants[0][1], "width": heads * channels, "heads": heads}
    pools = [pooling(m, data) for _, m in variants]
    run = measurement(model, data, np.concatenate(pools))
    ends = np.cumsum([0] + [len(p) for p in pools])
    groups = group_table(model, data)
    rates = model["learning_rate"]
    kinds = ["stem"] + [block["kind"] for block in all_blocks(model)]
    records = [[] for _ in variants]
    for _ in range(networks):
        kernels, g, products = jax.tree.map(lambda x: np.array(x, float), run(draw(model, rng)))
        share = {name: rates.get(symbol, 1.0) / order * products[name] for name, symbol, order, _ in groups}
        theta = sum(share.values())
        for variant, (low, high) in enumerate(zip(ends, ends[1:])):
            own = slice(low, high)
            records[variant].append(
                {"blocks": [{"index": i, "kind": kind, "G": k} for i, (kind, k) in enumerate(zip(kinds, kernels), 1)],
                 "output": {"G": g[own, own], "Theta": theta[own, own]},
                 "groups": [{"name": name, "tangent": float(np.diag(share[name][own, own]).mean()),
                             "share": share[name][own, own]} for name, _, _, _ in groups]})
    return records


def extrapolate(grid, means, errors):
    """The fit's value at H, C -> infinity, its standard error, and chi^2 per degree of freedom, of each entry."""
    h, c = np.array(grid, float).T
    basis = np.stack([np.ones_like(h), 1 / h, 1 / c, 1 / (h * c)], 1)

    def fit(*values):
        mean, error = np.array(values[:len(grid)], float), np.array(values[len(grid):], float)
        flat_mean, flat_error = mean.reshape(len(grid), -1), error.reshape(len(grid), -1)
        out = np.zeros((3, flat_mean.shape[1]))
        for entry in range(flat_mean.shape[1]):
            if flat_error[:, entry].max() < 1e-6:  # the head's bias; queries and keys of a row that sees one key
                out[0, entry] = flat_mean[0, entry]
                continue
            weighted = basis / flat_error[:, entry, None]
            solution, chi2, _, _ = np.linalg.lstsq(weighted, flat_mean[:, entry] / flat_error[:, entry])
            out[:, entry] = (solution[0], np.sqrt(np.linalg.inv(weighted.T @ weighted)[0, 0]),
                             chi2[0] / (len(grid) - basis.shape[1]))
        return out.reshape(3, *mean.shape[1:])

    together = tree_map(fit, *means, *errors)
    return [tree_map(lambda x: float(x[i]) if x.ndim == 1 else x[i], together) for i in range(3)]


def brief(record):
    """The output and the tangents of a measured record."""
    return {"output": record["output"],
            "groups": [{"name": group["name"], "tangent": group["tangent"]} for group in record["groups"]]}


def rounded(tree, digits=7):
    """Sampled numbers need no more digits than these."""
    return tree_map(lambda x: np.vectorize(lambda y: float(f"{y:.{digits}g}"))(x) if np.ndim(x) else float(f"{x:.{digits}g}"), tree)


def numbers(tree):
    out = []
    tree_map(lambda x: out.append(np.ravel(x)), tree)
    return np.concatenate(out)


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    start = time.time()
    table = []
    for case, (variants, data) in enumerate(cases()):
        measured = [[] for _ in variants]
        for point, (heads, channels) in enumerate(GRID):
            begin = time.time()
            networks = max(8, round(scale * NETWORKS_AT_WIDTH_128 * 128 / (heads * channels)))
            rng = np.random.default_rng([SEED, case, point])
            for variant, records in enumerate(measure(variants, data, heads, channels, networks, rng)):
                mean, error = mean_and_error(records)
                measured[variant].append({"width": heads * channels, "heads": heads, "networks": networks,
                                          "expected": mean, "standard_error": error})
            print(f"{variants[0][0]} H={heads} C={channels}: {networks} networks, {time.time() - begin:.1f} s", flush=True)
        for (name, model), points in zip(variants, measured):
            mean, error, chi2 = extrapolate(GRID, [p["expected"] for p in points], [p["standard_error"] for p in points])
            print(f"{name}: mean chi^2 per degree of freedom {numbers(chi2).mean():.2f}")
            for p in points:
                p.update(expected=rounded(brief(p["expected"])), standard_error=rounded(brief(p["standard_error"]), 3))
            table.append({"name": name, "model": model, "input": data, "expected": rounded(mean),
                          "standard_error": rounded(error, 3), "measured": points})
    write_table(os.path.join(os.path.dirname(os.path.abspath(__file__)), "network_finite_width.json"),
                {"seed": SEED, "cases": table})
    print(f"{time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
