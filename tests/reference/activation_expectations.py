#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes activation_expectations.hpp: E[s(x) s(y)] and E[s'(x) s'(y)] of activations s, to 30 digits and more.

Two Gaussian variables of covariance [[K11, K12], [K12, K22]]; everything by direct quadrature in mpmath,
without the library's closed forms or Hermite series:
- piecewise linear s: the radius of the plane integrates by hand, the angle by quadrature between the kinks;
- |rho| = 1, rho = 0 or a variance of zero: quadrature over one variable, or a product of two;
- |rho| up to 0.99: composite Gauss-Legendre quadrature in x and y;
- rho = 0.999999, s smooth: composite Gauss-Legendre in x, Gauss-Hermite in what is left of y given x.
K12 is rounded to double first, so that the table's numbers belong to exactly the covariances that it prints.
Needs mpmath and numpy; takes about ten minutes, less with gmpy2 installed.

    python3 tests/reference/activation_expectations.py
"""
import pathlib
import sys
from functools import lru_cache

import mpmath
import numpy
from mpmath import mp, mpf
from mpmath.libmp.libelefun import exp_fixed

mp.dps = 38
POINTS = 40      # of Gauss-Legendre on each panel
REACH = 15       # standard deviations
NEGLIGIBLE = 85  # exponent at which a density is dropped: e^-85 = 1e-37
BITS = 150       # behind the point, of the fixed-point numbers that the double sums are made of


def logistic(x):
    return 1 / (1 + mp.exp(-x))


def tanh_gelu(x):
    u = mp.sqrt(2 / mp.pi) * (x + mpf("0.044715") * x**3)
    slope = mp.sqrt(2 / mp.pi) * (1 + 3 * mpf("0.044715") * x**2)
    gate = logistic(2 * u)
    return x * gate, gate + 2 * x * gate * logistic(-2 * u) * slope


def mish(x):
    gate = mp.tanh(mp.log1p(mp.exp(x)))
    return x * gate, gate + x * (1 - gate**2) * logistic(x)


def silu(x):
    gate = logistic(x)
    return x * gate, gate * (1 + x * logistic(-x))


def line(left, right):
    return lambda x: (x * (left if x < 0 else right), (left + right) / 2 if x == 0 else left if x < 0 else right)


SMOOTH = {
    "identity": lambda x: (x, mpf(1)),
    "erf": lambda x: (mp.erf(x), 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "gelu": lambda x: (x * mp.ncdf(x), mp.ncdf(x) + x * mp.npdf(x)),
    "tanh": lambda x: (mp.tanh(x), mp.sech(x) ** 2),
    "silu": silu,
    "gelu_tanh": tanh_gelu,
    "softplus": lambda x: (mp.log1p(mp.exp(x)) if x < 50 else x + mp.log1p(mp.exp(-x)), logistic(x)),
    "mish": mish,
    "sine": lambda x: (mp.sin(x), mp.cos(x)),
    "cosine": lambda x: (mp.cos(x), -mp.sin(x)),
    "gaussian": lambda x: (mp.exp(-x * x / 2), -x * mp.exp(-x * x / 2)),
    "exponential": lambda x: (mp.exp(x), mp.exp(x)),
}
KINKED = {"relu": line(mpf(0), mpf(1)), "leaky_relu": line(mpf(0.01), mpf(1)), "absolute_value": line(mpf(-1), mpf(1))}
LARGEST_FOR_EXPONENTIAL = 2.5  # beyond, its moments lie outside REACH


@lru_cache(None)
def legendre():
    """Nodes and weights on [-1, 1], by Newton's method."""
    result = []
    for i in range(POINTS):
        x = mp.cos(mp.pi * (mpf(i) + mpf(3) / 4) / (POINTS + mpf(1) / 2))
        for _ in range(8):
            before, p = mpf(1), x
            for k in range(1, POINTS):
                before, p = p, ((2 * k + 1) * x * p - k * before) / (k + 1)
            slope = POINTS * (x * p - before) / (x * x - 1)
            x -= p / slope
        result.append((x, 2 / ((1 - x * x) * slope**2)))
    return result


@lru_cache(None)
def hermite(points=24):
    """Nodes and weights for a standard normal variable, from the eigenvectors of its Jacobi matrix."""
    jacobi = mp.zeros(points)
    for k in range(1, points):
        jacobi[k - 1, k] = jacobi[k, k - 1] = mp.sqrt(k)
    nodes, vectors = mp.eigsy(jacobi)
    return [(nodes[k], vectors[0, k] ** 2) for k in range(points)]


def nodes(deviation, finest):
    """A composite rule over REACH deviations: panels of 1 near the origin, growing, none wider than `finest`."""
    end, edges = REACH * deviation, [mpf(0)]
    while edges[-1] < end:
        width = min(mpf(1) if edges[-1] < 8 else min(edges[-1] / 4, mpf(30)), finest)
        edges.append(min(edges[-1] + width, end))
    rule = []
    for left, right in zip(edges, edges[1:]):
        half = (right - left) / 2
        for x, w in legendre():
            rule += [(left + half + half * x, half * w), (-left - half - half * x, half * w)]
    return sorted(rule)


def along_line(functions, first, second):
    """{name: (E[s(first z) s(second z)], E[s' s'])} over one standard normal z."""
    rule = nodes(first, 2 * first)
    sums = {name: [mpf(0), mpf(0)] for name in functions}
    for x, w in rule:
        density = w * mp.npdf(x / first) / first
        for name, f in functions.items():
            a, b = f(x), f(x * second / first)
            sums[name][0] += density * a[0] * b[0]
            sums[name][1] += density * a[1] * b[1]
    return sums


@lru_cache(None)
def means(deviation):
    """{name: (E[s], E[s'])}."""
    functions = {**SMOOTH, **KINKED}
    if deviation == 0:
        return {name: f(mpf(0)) for name, f in functions.items()}
    sums = {name: [mpf(0), mpf(0)] for name in functions}
    for x, w in nodes(deviation, 2 * deviation):
        density = w * mp.npdf(x / deviation) / deviation
        for name, f in functions.items():
            value, slope = f(x)
            sums[name][0] += density * value
            sums[name][1] += density * slope
    return sums


def fixed(x):
    return int(mp.floor(mp.ldexp(x, BITS)))


def over_plane(functions, first, second, rho):
    """The same expectations over x and y by a rule in each; all functions share the density of the pair."""
    sine = mp.sqrt(1 - rho**2)
    outer, inner = nodes(first, 4 * first * sine), nodes(second, 4 * second * sine)
    samples = lambda rule: numpy.array([[fixed(c) for f in functions.values() for c in f(x)] for x, _ in rule], dtype=object)
    left, right = samples(outer), samples(inner)
    # Density w v exp(-(p - 2 rho p q + q)/(2 sine^2)) / unit with p = x/first, q = y/second.
    ys = [float(y / second) for y, _ in inner]
    unit = 1 / (2 * mp.pi * first * second * sine)
    curve = [fixed(-((y / second) ** 2) / (2 * sine**2)) for y, _ in inner]
    place = [fixed(y / second) for y, _ in inner]
    weighted = right * numpy.array([[fixed(v)] for _, v in inner], dtype=object) >> BITS
    sums = numpy.zeros(2 * len(functions), dtype=object)
    for i, (x, w) in enumerate(outer):
        u = x / first
        if u**2 / 2 > NEGLIGIBLE:
            continue
        room = float(mp.sqrt(2 * (NEGLIGIBLE - u**2 / 2)) * sine)
        start = numpy.searchsorted(ys, float(rho * u) - room)
        stop = numpy.searchsorted(ys, float(rho * u) + room)
        if start == stop:
            continue
        level, tilt = fixed(-(u**2) / (2 * sine**2)), fixed(rho * u / sine**2)
        density = numpy.array([exp_fixed(level + curve[j] + (tilt * place[j] >> BITS), BITS) for j in range(start, stop)],
                              dtype=object)
        smoothed = density.dot(weighted[start:stop]) >> BITS
        sums += left[i] * (smoothed * fixed(w * unit) >> BITS) >> BITS
    return {name: [mp.ldexp(mpf(sums[2 * k + c]), -BITS) for c in (0, 1)] for k, name in enumerate(functions)}


def near_line(functions, first, second, rho):
    """The same where y is nearly a multiple of x and the functions are smooth."""
    width, slope = second * mp.sqrt(1 - rho**2), rho * second / first
    sums = {name: [mpf(0), mpf(0)] for name in functions}
    for x, w in nodes(first, 2 * first):
        density = w * mp.npdf(x / first) / first
        if density < mp.exp(-NEGLIGIBLE):
            continue
        for name, f in functions.items():
            inner = [mpf(0), mpf(0)]
            for v, weight in hermite():
                value, derivative = f(slope * x + width * v)
                inner[0] += weight * value
                inner[1] += weight * derivative
            value, derivative = f(x)
            sums[name][0] += density * value * inner[0]
            sums[name][1] += density * derivative * inner[1]
    return sums


def over_angle(first, second, rho):
    """The same for piecewise linear functions: s(r cos a) = r s(cos a), and E[r^2] = 2."""
    angle = mp.acos(rho)
    kinks = sorted({k % (2 * mp.pi) for turn in (0, angle) for k in (turn + mp.pi / 2, turn + 3 * mp.pi / 2)})
    kinks = [mpf(0)] + kinks + [2 * mp.pi]
    result = {}
    for name, f in KINKED.items():
        value = mp.quad(lambda a: f(first * mp.cos(a))[0] * f(second * mp.cos(a - angle))[0], kinks)
        slope = mp.quad(lambda a: f(mp.cos(a))[1] * f(mp.cos(a - angle))[1], kinks)
        result[name] = (value / mp.pi, slope / (2 * mp.pi))
    return result


def expectations(k11, k22, k12):
    first, second = mp.sqrt(mpf(k11)), mp.sqrt(mpf(k22))
    smooth = {name: f for name, f in SMOOTH.items() if name != "exponential" or max(k11, k22) <= LARGEST_FOR_EXPONENTIAL}
    if k12 == 0:
        a, b = means(first), means(second)
        return {name: [a[name][c] * b[name][c] for c in (0, 1)] for name in {**smooth, **KINKED}}
    rho = mpf(k12) / (first * second)
    if mpf(k12) ** 2 == mpf(k11) * mpf(k22):
        return along_line({**smooth, **KINKED}, first, second if k12 > 0 else -second)
    plane = near_line if abs(rho) > 0.9999 else over_plane
    return {**plane(smooth, first, second, rho), **over_angle(first, second, rho)}


def covariances():
    for k11, k22 in [(0.0, 0.0), (0.0, 1.0), (0.0, 1e3), (1e-6, 1e-6), (1e-6, 1e3), (0.4, 2.5), (30.0, 1e3)]:
        yield k11, k22, 0.0
    for k11, k22 in [(1e-6, 1e-6), (1e-2, 4e-2), (0.4, 0.4), (1.0, 1.0), (2.5, 10.0), (30.0, 30.0), (1e3, 250.0), (1e3, 1e3)]:
        for sign in (1, -1):  # exactly singular in binary: the variances are equal or a factor 4 apart
            yield k11, k22, sign * max(k11, k22) / (1 if k11 == k22 else 2)
    for k11, k22 in [(1e-6, 1e-6), (1e-6, 1e3), (1e-2, 1.0), (0.4, 0.4), (1.0, 1.0), (1.0, 2.5), (2.5, 30.0), (30.0, 30.0)]:
        for rho in (0.3, -0.3, 0.9, -0.99):
            yield k11, k22, rho * float(numpy.sqrt(k11 * k22))
    for rho in (0.9, -0.99):
        yield 1e3, 1e3, rho * 1e3
    for k11, k22 in [(1e-6, 1e-6), (0.4, 0.4), (1.0, 2.5), (30.0, 30.0), (1e3, 1e3)]:
        yield k11, k22, 0.999999 * float(numpy.sqrt(k11 * k22))


HEADER = """// SPDX-License-Identifier: MIT
// Written by activation_expectations.py; do not edit.
#pragma once

#include <array>
#include <limits>

#include "widthwise/gaussian/covariance.hpp"

namespace reference {

struct ActivationExpectation {
  long double value, derivative;
};

inline constexpr long double unlisted = std::numeric_limits<long double>::quiet_NaN();

"""


def main():
    cases = list(covariances())
    table = []
    for case in cases:
        table.append(expectations(*case))
        print(len(table), "of", len(cases), case, file=sys.stderr)

    number = lambda v: mp.nstr(v, 25, strip_zeros=False, min_fixed=-4, max_fixed=4) + "L"
    with open(pathlib.Path(__file__).with_suffix(".hpp"), "w") as out:
        out.write(HEADER)
        out.write(f"inline constexpr std::array<widthwise::Covariance2<double>, {len(cases)}> covariances{{{{\n")
        out.writelines("    {" + ", ".join(map(repr, case)) + "},\n" for case in cases)
        out.write("}};\n")
        for name in {**KINKED, **SMOOTH}:
            out.write(f"\ninline constexpr std::array<ActivationExpectation, {len(cases)}> {name}{{{{\n")
            for row in table:
                entry = map(number, row[name]) if name in row else ("unlisted", "unlisted")
                out.write("    {" + ", ".join(entry) + "},\n")
            out.write("}};\n")
        out.write("\n}  // namespace reference\n")


if __name__ == "__main__":
    main()
