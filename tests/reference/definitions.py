# SPDX-License-Identifier: MIT
"""The theory of arXiv 2304.02034 from its definitions, for the tables in this folder.

Slow on purpose and free of the shortcuts of the library: the Jacobian of the softmax is formed, its
six-index sum is an einsum, logits have their full covariance, Gaussian integrals are panels of
Gauss-Legendre nodes, and a group's share is its own contribution carried forward alone.
Models and inputs are those of the `widthwise` program. Rows are (sample, token), samples outermost.
"""
import itertools
import json
import math

import numpy as np
from scipy.special import erf

# ---------------------------------------------------------------------------------------------------------------------
# Rows, masks


class Rows:
    """Which keys every row sees: keys[r, t] is the row of token t in the sample of row r."""

    def __init__(self, samples, tokens, mask):
        self.samples, self.tokens, self.mask = samples, tokens, mask
        self.count = samples * tokens
        row = np.arange(self.count)
        self.position = row % tokens
        self.keys = (row // tokens * tokens)[:, None] + np.arange(tokens)[None, :]
        if mask == "none":
            self.visible = np.ones((self.count, tokens), bool)
        elif mask == "causal":
            self.visible = np.arange(tokens)[None, :] <= self.position[:, None]
        else:
            raise ValueError(f"unknown mask {mask}")

    def of_keys(self, kernel):
        """kernel[key t of row r, key v of row s] as an array over (r, t, s, v)."""
        return kernel[self.keys[:, :, None, None], self.keys[None, None, :, :]]

    def to_rows(self, by_key):
        """The transpose of of_keys: adds an array over (r, t, s, v) up into a kernel."""
        kernel = np.zeros((self.count, self.count))
        shape = by_key.shape
        first = np.broadcast_to(self.keys[:, :, None, None], shape)
        second = np.broadcast_to(self.keys[None, None, :, :], shape)
        np.add.at(kernel, (first, second), by_key)
        return kernel


def softmax(logits, visible):
    """Softmax over the last axis, over the visible keys alone."""
    logits = np.where(visible, logits, -np.inf)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def softmax_jacobian(p):
    """J = diag p - p p^T for every softmax along the last axis."""
    return p[..., :, None] * np.eye(p.shape[-1]) - p[..., :, None] * p[..., None, :]


# ---------------------------------------------------------------------------------------------------------------------
# Expectations over the attention weights


class Moments:
    """E[Omega Omega] over (r, t, s, v) and E[J J] over (r, t, u, s, v, w), and all that is linear in them.

    t, v are the outputs of the softmax of rows r, s; u, w its logits.
    """

    def __init__(self, rows, weights, jacobians):
        self.rows, self.weights, self.jacobians = rows, weights, jacobians

    def mix(self, kernel):
        """E[Omega A Omega^T]."""
        return np.einsum("rtsv,rtsv->rs", self.weights, self.rows.of_keys(kernel))

    def jacobian_mix(self, a, b):
        """D[A, B]: A meets the logits, B the outputs of the softmax."""
        return np.einsum("rtusvw,rusw,rtsv->rs", self.jacobians, self.rows.of_keys(a), self.rows.of_keys(b),
                         optimize=True)

    def pull_mix(self, b):
        """E[Omega^T B Omega]."""
        return self.rows.to_rows(np.einsum("rtsv,rs->rtsv", self.weights, b))

    def pull_jacobian_mix(self, b, f):
        """The transpose of A -> D[A, F], at B."""
        return self.rows.to_rows(np.einsum("rtusvw,rs,rtsv->rusw", self.jacobians, b, self.rows.of_keys(f),
                                           optimize=True))


def logit_covariance(rows, f, variance):
    """Cov(logit of row r at key t, logit of row s at key v) = C F_rs F_tv, over (r, t, s, v)."""
    return variance * f[:, None, :, None] * rows.of_keys(f)


def factor(covariance):
    """A matrix X with X X^T = covariance; directions without variance are left out."""
    values, vectors = np.linalg.eigh(covariance)
    keep = values > 1e-15 * max(values.max(), 0.0)
    return vectors[:, keep] * np.sqrt(values[keep])


def sampled_moments(rows, f, variance, draws, rng, chunk=20000):
    """Moments from `draws` dense Gaussian draws of all logits at once."""
    size = rows.count * rows.tokens
    root = factor(logit_covariance(rows, f, variance).reshape(size, size))
    weights = np.zeros((size, size))
    jacobians = np.zeros((size * rows.tokens, size * rows.tokens))
    left = draws
    while left > 0:
        now = min(left, chunk)
        left -= now
        logits = rng.standard_normal((now, root.shape[1])) @ root.T
        p = softmax(logits.reshape(now, rows.count, rows.tokens), rows.visible)
        j = softmax_jacobian(p).reshape(now, -1)
        p = p.reshape(now, -1)
        weights += p.T @ p
        jacobians += j.T @ j
    return _shaped(rows, weights / draws, jacobians / draws)


def _shaped(rows, weights, jacobians):
    n, t = rows.count, rows.tokens
    return Moments(rows, weights.reshape(n, t, n, t), jacobians.reshape(n, t, t, n, t, t))


def exact_moments(rows, f, variance, fineness=1.0):
    """Moments by the trapezoid rule over the logits of one pair of rows at a time, to about 1e-14.

    The softmax does not feel a shift of its logits, so a row that sees k keys has k - 1 directions: a pair of rows
    makes a grid of at most 2 (T - 1) dimensions, affordable for T <= 3. `fineness` > 1 refines the grid.
    """
    n, t = rows.count, rows.tokens
    covariance = logit_covariance(rows, f, variance)
    weights = np.zeros((n, t, n, t))
    jacobians = np.zeros((n, t, t, n, t, t))
    for r, s in itertools.combinations_with_replacement(range(n), 2):
        joint = covariance[[r, s]][:, :, [r, s]].reshape(2 * t, 2 * t)
        centre = np.zeros((2 * t, 2 * t))
        for k, row in enumerate((r, s)):
            seen = rows.visible[row].astype(float)
            centre[k * t:(k + 1) * t, k * t:(k + 1) * t] = np.diag(seen) - np.outer(seen, seen) / seen.sum()
        root = factor(centre @ joint @ centre) if joint.any() else np.zeros((2 * t, 0))
        w, j = np.zeros((t, t)), np.zeros((t * t, t * t))
        for points, mass in _trapezoid(root, fineness):
            logits = points @ root.T
            p = softmax(logits[:, :t], rows.visible[r])
            q = softmax(logits[:, t:], rows.visible[s])
            w += (p * mass[:, None]).T @ q
            j += (softmax_jacobian(p).reshape(-1, t * t) * mass[:, None]).T @ softmax_jacobian(q).reshape(-1, t * t)
        weights[r, :, s], weights[s, :, r] = w, w.T
        jacobians[r, :, :, s], jacobians[s, :, :, r] = j.reshape(t, t, t, t), j.T.reshape(t, t, t, t)
    return Moments(rows, weights, jacobians)


def _trapezoid(root, fineness):
    """Chunks of (points, masses) of a tensor trapezoid rule for a standard normal in the columns of root.

    The first pole of a softmax lies where a difference of logits is i pi; a step h leaves an error of
    exp(-2 pi a / h + a^2 / 2) for a pole at distance a. Aims at exp(-40).
    """
    axes = []
    for column in root.T:
        half = len(column) // 2
        reach = max(np.ptp(column[:half]), np.ptp(column[half:]))
        a = min(np.pi / reach, math.sqrt(80.0))
        h = 2 * np.pi * a / (40 + a * a / 2) / fineness
        k = math.ceil(9.0 / h)
        x = h * np.arange(-k, k + 1)
        axes.append((x, np.exp(-x * x / 2) / np.exp(-x * x / 2).sum()))
    inner, outer = axes[:2], axes[2:]
    x, mass = np.zeros((1, 0)), np.ones(1)
    for points, weight in inner:
        x = np.concatenate([np.repeat(x, len(points), 0), np.tile(points, len(x))[:, None]], 1)
        mass = np.repeat(mass, len(points)) * np.tile(weight, len(mass))
    for corner in itertools.product(*[range(len(points)) for points, _ in outer]):
        fixed = np.array([outer[i][0][k] for i, k in enumerate(corner)])
        scale = math.prod(outer[i][1][k] for i, k in enumerate(corner))
        if scale < 1e-20:
            continue
        yield np.concatenate([x, np.broadcast_to(fixed, (len(x), len(fixed)))], 1), scale * mass


# ---------------------------------------------------------------------------------------------------------------------
# Gaussian integrals of activations


def _phi(x):
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _cdf(x):
    return (1 + erf(x / math.sqrt(2))) / 2


# name: (sigma, sigma'); the only kink or jump allowed is at zero
ACTIVATIONS = {
    "identity": (lambda x: x, np.ones_like),
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    "erf": (erf, lambda x: 2 / math.sqrt(math.pi) * np.exp(-x * x)),
    "gelu": (lambda x: x * _cdf(x), lambda x: _cdf(x) + x * _phi(x)),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
}

_NODES, _MASSES = np.polynomial.legendre.leggauss(24)
_END = 9.5


def _panels(breaks):
    """Gauss-Legendre nodes and masses on every panel between neighbouring breaks (last axis)."""
    low, high = breaks[..., :-1, None], breaks[..., 1:, None]
    x = (low + high) / 2 + (high - low) / 2 * _NODES
    m = (high - low) / 2 * _MASSES
    return x.reshape(*x.shape[:-2], -1), m.reshape(*m.shape[:-2], -1)


def gaussian_mean(f, k11, k22, k12):
    """E[f(x) f(y)] for centred Gaussian x, y; f smooth but for zero. Panels end at zero in x and in y."""
    a, b = math.sqrt(k11), math.sqrt(k22)
    graded = _END * 0.5 ** np.arange(0, 24)
    breaks = np.concatenate([-graded, [0.0], graded[::-1]])
    x, m = _panels(breaks)
    m = m * _phi(x)
    rho = k12 / (a * b) if a * b > 0 else 0.0
    rest = 1 - rho * rho
    if rest < 1e-13:
        return float(np.sum(m * f(a * x) * f(math.copysign(b, rho) * x)))
    rest = math.sqrt(rest)
    zero = np.clip(-rho * x / rest, -_END, _END)
    steps = np.linspace(0, 1, 7)
    breaks = np.concatenate([-_END + (zero[:, None] + _END) * steps, zero[:, None] + (_END - zero[:, None]) * steps[1:]], 1)
    v, mv = _panels(breaks)
    inner = np.sum(mv * _phi(v) * f(b * (rho * x[:, None] + rest * v)), axis=1)
    return float(np.sum(m * f(a * x) * inner))


def gaussian_kernel(f, k):
    """E[f f] entry by entry over the 2x2 marginals of a covariance."""
    result = np.zeros_like(k)
    known = {}
    for i, j in itertools.combinations_with_replacement(range(len(k)), 2):
        key = (k[i, i], k[j, j], k[i, j])
        if key not in known:
            known[key] = gaussian_mean(f, *key)
        result[i, j] = result[j, i] = known[key]
    return result


# ---------------------------------------------------------------------------------------------------------------------
# Networks


def all_blocks(model):
    return model["blocks"] * model.get("repeat", 1)


def layout(model, data):
    """(samples, tokens), a class token counted."""
    samples = data["patches"] if "patches" in data else data["token_ids"]
    return len(samples), len(samples[0]) + ("class_token" in model["stem"])


def group_table(model, data):
    """(name, symbol, order, parameters) of every group; order is the power of widths of section 5's table."""
    n, stem, head = model["width"], model["stem"], model["head"]
    _, tokens = layout(model, data)
    groups = []
    if stem["kind"] == "patch":
        groups.append(("patch", "patch", stem["inputs"], n * stem["inputs"]))
    else:
        groups.append(("WE", "WE", 1, n * stem["vocabulary"]))
    if "class_token" in stem:
        groups.append(("cls", "cls", 1, n))
    groups.append(("PE", "PE", 1, n * (stem["tokens"] + ("class_token" in stem))))
    for index, block in enumerate(all_blocks(model), start=2):
        if block["kind"] == "attention":
            groups += [(f"block{index}.{g}", g, n, n * n) for g in "UVKQ"]
        else:
            m = block["multiplier"]
            groups += [(f"block{index}.X", "X", m * n, m * n * n), (f"block{index}.W", "W", n, m * n * n)]
    if head["kind"] == "linear":
        groups.append(("head", "head", n, n * head["outputs"]))
        if head["bias"]:
            groups.append(("head_bias", "head_bias", 1, head["outputs"]))
    return groups


def stem_kernels(model, data):
    """(G0 of the inputs, 1[class rows], 1[same position])."""
    stem = model["stem"]
    samples, tokens = layout(model, data)
    cls = int("class_token" in stem)
    position = np.arange(samples * tokens) % tokens
    same = (position[:, None] == position[None, :]).astype(float)
    inputs = np.zeros((samples * tokens, samples * tokens))
    body = np.flatnonzero(position >= cls)
    if stem["kind"] == "patch":
        x = np.array(data["patches"], float).reshape(len(body), -1)
        inputs[np.ix_(body, body)] = x @ x.T / stem["inputs"]
    else:
        ids = np.array(data["token_ids"]).reshape(-1)
        inputs[np.ix_(body, body)] = ids[:, None] == ids[None, :]
    front = (position < cls).astype(float)
    return inputs, np.outer(front, front), same


def pooling(model, data):
    """The matrix P with pooled kernel = P kernel P^T."""
    samples, tokens = layout(model, data)
    pool = model["head"]["pool"]
    if pool == "none":
        return np.eye(samples * tokens)
    weight = np.full(tokens, 1 / tokens) if pool == "mean" else np.eye(tokens)[0]
    return np.kron(np.eye(samples), weight)


def normalize(kernel, g, epsilon):
    scale = np.sqrt(np.diag(g) + epsilon)
    return kernel / np.outer(scale, scale)


class Flow:
    """One forward pass: kernels and, for any learning rates, tangent kernels.

    `moments(rows, F, C_Q C_K)` gives the expectations of one attention block.
    """

    def __init__(self, model, data, moments):
        self.model, self.data = model, data
        self.epsilon = model["norm"]["epsilon"]
        self.samples, self.tokens = layout(model, data)
        stem, head = model["stem"], model["head"]
        self.stem = stem_kernels(model, data)
        inputs, front, same = self.stem
        g = stem.get("C_patch", stem.get("C_WE")) * inputs + stem["C_PE"] * same
        if "class_token" in stem:
            g = g + stem["class_token"]["C_cls"] * front
        self.kernels, self.linear = [g], []
        for block in all_blocks(model):
            f = normalize(g, g, self.epsilon)
            if block["kind"] == "attention":
                rows = Rows(self.samples, self.tokens, block["mask"])
                m = moments(rows, f, block["C_Q"] * block["C_K"])
                self.linear.append((f, m, m.mix(f), m.jacobian_mix(f, f)))
                g = g + block["C_U"] * block["C_V"] * self.linear[-1][2]
            else:
                sigma, slope = ACTIVATIONS[block["activation"]]
                k = block["C_W"] * f
                self.linear.append((f, gaussian_kernel(sigma, k), gaussian_kernel(slope, k)))
                g = g + block["C_X"] * self.linear[-1][1]
            self.kernels.append(g)
        f = normalize(g, g, self.epsilon)
        self.linear.append((f,))
        self.kernels.append((head["C_head"] if head["kind"] == "linear" else stem["C_WE"]) * f)

    def tangents(self, rate):
        """Tangent kernels of every block; rate(name) is Lambda of a group by its name (block2.Q ...)."""
        model, stem, head = self.model, self.model["stem"], self.model["head"]
        inputs, front, same = self.stem
        theta = rate("patch" if stem["kind"] == "patch" else "WE") * inputs + rate("PE") * same
        if "class_token" in stem:
            theta = theta + rate("cls") * front
        result = [theta]
        for index, block in enumerate(all_blocks(model), start=2):
            hat = normalize(theta, self.kernels[index - 2], self.epsilon)
            if block["kind"] == "attention":
                f, m, s, jff = self.linear[index - 2]
                u, v, k, q = (rate(f"block{index}.{g}") for g in "UVKQ")
                uv, qk = block["C_U"] * block["C_V"], block["C_Q"] * block["C_K"]
                theta = (theta + (u * block["C_V"] + v * block["C_U"]) * s
                         + uv * (k * block["C_Q"] + q * block["C_K"]) * f * jff
                         + uv * m.mix(hat) + uv * qk * (hat * jff + f * m.jacobian_mix(hat, f)))
            else:
                f, ss, dd = self.linear[index - 2]
                x, w = rate(f"block{index}.X"), rate(f"block{index}.W")
                theta = theta + x * ss + w * block["C_X"] * dd * f + block["C_X"] * block["C_W"] * dd * hat
            result.append(theta)
        hat = normalize(theta, self.kernels[-2], self.epsilon)
        f = self.linear[-1][0]
        if head["kind"] == "linear":
            theta = rate("head") * f + (rate("head_bias") if head["bias"] else 0.0) + head["C_head"] * hat
        else:
            theta = rate("WE") * f + stem["C_WE"] * hat
        return result + [theta]

    def pooled(self, kernel):
        p = pooling(self.model, self.data)
        return p @ kernel @ p.T

    def record(self):
        """What `flow --kernels --format json` must give, but for standard_error; shares by forward propagation."""
        groups = group_table(self.model, self.data)
        rates = self.model.get("learning_rate", {})
        chosen = {name: rates.get(symbol, 1.0) for name, symbol, _, _ in groups}
        thetas = self.tangents(lambda name: chosen[name])
        kinds = ["stem"] + [block["kind"] for block in all_blocks(self.model)] + ["head"]
        record = {"samples": self.samples, "tokens": self.tokens, "rows": self.samples * self.tokens,
                  "blocks": [{"index": i, "kind": kind, "G": g, "Theta": theta}
                             for i, (kind, g, theta) in enumerate(zip(kinds, self.kernels, thetas), start=1)],
                  "output": {"G": self.pooled(self.kernels[-1]), "Theta": self.pooled(thetas[-1])}, "groups": []}
        for name, _, order, parameters in groups:
            alone = np.diag(self.pooled(self.tangents(lambda other: float(other == name))[-1])).mean()
            record["groups"].append({"name": name, "parameters": parameters, "tangent": chosen[name] * alone,
                                     "squared_gradient": order * alone,
                                     "per_parameter": math.sqrt(max(order * alone, 0.0) / parameters)})
        return record


# ---------------------------------------------------------------------------------------------------------------------
# Trees of numbers: means, standard errors, files


def tree_map(function, first, *others):
    """Applies function to the numbers and arrays of equally shaped nests of dicts and lists; strings and ints stay."""
    if isinstance(first, dict):
        return {key: tree_map(function, value, *(other[key] for other in others)) for key, value in first.items()}
    if isinstance(first, list):
        return [tree_map(function, *values) for values in zip(first, *others)]
    if isinstance(first, (float, np.ndarray)):
        return function(first, *others)
    return first


def mean_and_error(records):
    """Mean of equally shaped records and the standard error of that mean, entry by entry."""
    mean = tree_map(lambda *v: np.mean(v, axis=0), *records)
    error = tree_map(lambda *v: np.std(v, axis=0, ddof=1) / math.sqrt(len(v)), *records)
    return mean, error


def _text(value, indent, digits):
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (float, np.floating)):
        return repr(float(value)) if digits is None else repr(float(f"{value:.{digits}g}"))
    if isinstance(value, dict):
        pad = " " * (indent + 1)
        flat = all(not isinstance(v, (dict, list, np.ndarray)) for v in value.values())
        items = [f"{json.dumps(k)}: {_text(v, indent + 1, 3 if k == 'standard_error' else digits)}" for k, v in value.items()]
        if flat and sum(map(len, items)) < 200:
            return "{" + ", ".join(items) + "}"
        return "{\n" + ",\n".join(pad + item for item in items) + "\n" + " " * indent + "}"
    if isinstance(value, (list, tuple)):
        items = [_text(v, indent + 1, digits) for v in value]
        if all(not isinstance(v, (dict, list, tuple, np.ndarray)) for v in value):
            return "[" + ", ".join(items) + "]"
        pad = " " * (indent + 1)
        return "[\n" + ",\n".join(pad + item for item in items) + "\n" + " " * indent + "]"
    return json.dumps(value)


def write_table(path, table):
    """JSON with one matrix row a line; standard errors are cut to three digits, the rest reads back the same double."""
    text = _text(table, 0, None) + "\n"
    json.loads(text)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"wrote {path} ({len(text) / 1024:.0f} KiB)")
