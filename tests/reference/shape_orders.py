# SPDX-License-Identifier: MIT
"""Squared gradients of groups that only shapes tell of, in real networks differentiated by jax: writes shape_orders.json.

A decoder layer with grouped-query attention, a gated MLP, biases and trained norms, its tensors named as in Hugging
Face's LLaMA, drawn at several widths with the variances 1/fan-in. Needs jax.
"""
import os
import time

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import numpy as np

from definitions import mean_and_error, write_table

SEED = 405
WIDTHS = [128, 256, 512, 1024]
NETWORKS = 64
CHANNELS, MULTIPLIER, VOCABULARY, OUTPUTS = 16, 2, 11, 5
TOKENS = np.array([3, 1, 4, 1, 5, 9])
LAYER = "model.layers.0."


def shapes(width, key_heads):
    n, keys, hidden = width, key_heads * CHANNELS, MULTIPLIER * width
    linear = {"self_attn.q_proj": (n, n), "self_attn.k_proj": (keys, n), "self_attn.v_proj": (keys, n),
              "self_attn.o_proj": (n, n), "mlp.gate_proj": (hidden, n), "mlp.up_proj": (hidden, n), "mlp.down_proj": (n, hidden)}
    listed = {"model.embed_tokens.weight": (VOCABULARY, n), "model.embed_positions.weight": (len(TOKENS), n)}
    for name, shape in linear.items():
        listed[f"{LAYER}{name}.weight"] = shape
        listed[f"{LAYER}{name}.bias"] = shape[:1]
    for name in (LAYER + "input_layernorm", LAYER + "post_attention_layernorm", "model.norm"):
        listed[name + ".weight"] = listed[name + ".bias"] = (n,)
    listed["lm_head.weight"] = (OUTPUTS, n)
    return listed


def draw(listed, rng):
    drawn = {}
    for name, shape in listed.items():
        if len(shape) == 1:
            drawn[name] = np.ones(shape) if "norm" in name and name.endswith("weight") else np.zeros(shape)
        else:
            fan_in = 1 if "embed" in name else shape[1]
            drawn[name] = rng.normal(size=shape) / np.sqrt(fan_in)
    return drawn


def output(p, heads, key_heads):
    def norm(name, z):
        z = z - z.mean(-1, keepdims=True)
        return p[name + ".weight"] * z / jnp.sqrt((z ** 2).mean(-1, keepdims=True) + 1e-5) + p[name + ".bias"]

    def linear(name, z):
        return z @ p[f"{LAYER}{name}.weight"].T + p[f"{LAYER}{name}.bias"]

    def head_rows(z, count):
        z = z.reshape(len(TOKENS), count, CHANNELS)
        return jnp.repeat(z, heads // count, 1)

    x = p["model.embed_tokens.weight"][TOKENS] + p["model.embed_positions.weight"]
    y = norm(LAYER + "input_layernorm", x)
    q = head_rows(linear("self_attn.q_proj", y), heads)
    k, v = (head_rows(linear(f"self_attn.{name}_proj", y), key_heads) for name in "kv")
    attention = jax.nn.softmax(jnp.einsum("thc,shc->hts", q, k) / np.sqrt(CHANNELS), -1)
    x = x + linear("self_attn.o_proj", jnp.einsum("hts,shc->thc", attention, v).reshape(x.shape))
    y = norm(LAYER + "post_attention_layernorm", x)
    x = x + linear("mlp.down_proj", jax.nn.silu(linear("mlp.gate_proj", y)) * linear("mlp.up_proj", y))
    return norm("model.norm", x).mean(0) @ p["lm_head.weight"][0]


def measure(width, key_heads, rng):
    listed = shapes(width, key_heads)
    gradient = jax.jit(jax.grad(lambda p: output(p, width // CHANNELS, key_heads)))
    records = []
    for _ in range(NETWORKS):
        record = gradient(draw(listed, rng))
        records.append({name: np.float64((np.asarray(g, dtype=np.float64) ** 2).sum()) for name, g in record.items()})
    mean, error = mean_and_error(records)
    return {"width": width, "shapes": {name: list(shape) for name, shape in listed.items()},
            "squared_gradient": {name: float(f"{value:.5g}") for name, value in mean.items()},
            "standard_error": {name: float(f"{value:.3g}") for name, value in error.items()}}


def main():
    start = time.time()
    cases = []
    for case, (name, key_heads) in enumerate([("as many keys at every width", lambda heads: 2),
                                              ("keys go with the width", lambda heads: heads // 4)]):
        models = [measure(width, key_heads(width // CHANNELS), np.random.default_rng([SEED, case, width])) for width in WIDTHS]
        cases.append({"name": name, "models": models})
        for tensor in models[0]["shapes"]:
            values = [m["squared_gradient"][tensor] for m in models]
            slope = np.polyfit(np.log(WIDTHS), np.log(np.maximum(values, 1e-30)), 1)[0]
            print(f"{name}: {tensor}: n^{slope:.2f}, {values[-1]:.3g}")
    write_table(os.path.join(os.path.dirname(os.path.abspath(__file__)), "shape_orders.json"),
                {"seed": SEED, "networks": NETWORKS, "cases": cases})
    print(f"{time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
