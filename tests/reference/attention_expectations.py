# SPDX-License-Identifier: MIT
"""Expectations over softmax attention weights by brute force: writes attention_expectations.json.

Every case draws (or integrates) dense logits with covariance C F (x) F, theory sections 2, 3 and 6, forms the
Jacobians of the softmax and sums over the six indices. Usage: attention_expectations.py [draws per sampled case]
"""
import os
import sys
import time

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import numpy as np

from definitions import (Rows, exact_moments, mean_and_error, normalize, sampled_moments, tree_map, write_table)

SEED = 20230402
BATCHES = 100


def normalized_kernel(rng, samples, tokens, epsilon=1e-5, inputs=4, shared=0.0):
    """F of random patches; `shared` in [0, 1] is how much samples have in common, position by position."""
    common = rng.standard_normal((1, tokens, inputs))
    x = np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.standard_normal((samples, tokens, inputs))
    x = np.round(x.reshape(samples * tokens, inputs), 3)
    g = x @ x.T / inputs
    return normalize(g, g, epsilon)


def repeated(kernel, rows):
    return kernel[np.ix_(rows, rows)]


def problems(rng):
    """(name, method, samples, tokens, mask, C, F); eigenvalues of F go down to zero where the name says so."""
    kernel = normalized_kernel
    signs = np.array([1.0, -1.0, 1.0])
    yield "three_tokens", "sampled", 1, 3, "none", 0.25, kernel(rng, 1, 3)
    yield "four_tokens_causal", "sampled", 1, 4, "causal", 1.0, kernel(rng, 1, 4)
    yield "two_correlated_samples", "sampled", 2, 3, "none", 2.0, kernel(rng, 2, 3, shared=0.6)
    yield "two_samples_causal", "sampled", 2, 3, "causal", 1.5, kernel(rng, 2, 3, shared=0.3)
    yield "repeated_token", "sampled", 1, 4, "none", 1.0, repeated(kernel(rng, 1, 3), [0, 1, 0, 2])
    yield "rank_one", "sampled", 1, 3, "none", 1.0, np.outer(signs, signs)
    yield "same_sample_twice_causal", "sampled", 2, 3, "causal", 0.8, repeated(kernel(rng, 1, 3), [0, 1, 2] * 2)
    yield "unequal_diagonal", "sampled", 2, 3, "none", 1.5, kernel(rng, 2, 3, epsilon=0.6, shared=0.5)
    yield "large_logits", "sampled", 1, 4, "none", 16.0, kernel(rng, 1, 4)
    yield "eight_tokens", "sampled", 1, 8, "none", 4.0, kernel(rng, 1, 8, inputs=6)
    for variance in (0.3, 1.17, 16.0):
        for samples in (1, 2):
            for mask in ("none", "causal"):
                f = kernel(rng, samples, 2, epsilon=0.4, inputs=3)
                yield f"exact_two_tokens_{samples}_samples_{mask}_{variance}", "exact", samples, 2, mask, variance, f
    for mask, samples, variance in (("none", 1, 0.3), ("none", 1, 1.17), ("none", 2, 0.5), ("causal", 1, 1.17),
                                    ("causal", 2, 1.0), ("causal", 1, 16.0)):
        f = kernel(rng, samples, 3, epsilon=0.2, shared=0.3)
        yield f"exact_three_tokens_{samples}_samples_{mask}_{variance}", "exact", samples, 3, mask, variance, f


def symmetric(rng, n):
    a = rng.standard_normal((n, n))
    return np.round((a + a.T) / 2, 3)


def expectations(moments, f, a, b, b_prime):
    return {"S": moments.mix(f),
            "D_FF": moments.jacobian_mix(f, f),
            "mix_A": moments.mix(a),
            "D_AF": moments.jacobian_mix(a, f),
            "pull_mix_B": moments.pull_mix(b),
            "pull_D_B_prime": moments.pull_jacobian_mix(b_prime, f)}


def main():
    draws = int(float(sys.argv[1])) if len(sys.argv) > 1 else 4_000_000
    start = time.time()
    problem_rng = np.random.default_rng(SEED)
    cases = []
    for index, (name, method, samples, tokens, mask, variance, f) in enumerate(problems(problem_rng)):
        begin = time.time()
        f = (f + f.T) / 2
        a, b, b_prime = (symmetric(problem_rng, len(f)) for _ in range(3))
        rows = Rows(samples, tokens, mask)

        def exact(fineness=1.0):
            return expectations(exact_moments(rows, f, variance, fineness), f, a, b, b_prime)

        if method == "exact":
            expected = exact()
            error = tree_map(np.zeros_like, expected)
            finer = exact(1.2)
            note = f"finer grid differs by {max(abs(expected[k] - finer[k]).max() for k in expected):.1e}"
        else:
            rng = np.random.default_rng([SEED, index])
            expected, error = mean_and_error(
                [expectations(sampled_moments(rows, f, variance, draws // BATCHES, rng), f, a, b, b_prime)
                 for _ in range(BATCHES)])
            note = f"largest standard error {max(e.max() for e in error.values()):.1e}"
            if tokens <= 3:
                true = exact()
                z = max((abs(expected[k] - true[k]) / (error[k] + 1e-13)).max() for k in true)
                note += f", at most {z:.1f} standard errors from the exact values"
        print(f"{name}: {note}; diag F {f.diagonal().min():.2f} to {f.diagonal().max():.2f}; "
              f"{time.time() - begin:.1f} s", flush=True)
        cases.append({"name": name, "method": method, "draws": draws if method == "sampled" else 0,
                      "samples": samples, "tokens": tokens, "mask": mask, "logit_variance": variance,
                      "F": f, "A": a, "B": b, "B_prime": b_prime, "expected": expected, "standard_error": error})
    write_table(os.path.join(os.path.dirname(os.path.abspath(__file__)), "attention_expectations.json"),
                {"seed": SEED, "cases": cases})
    print(f"{time.time() - start:.0f} s")


if __name__ == "__main__":
    main()
