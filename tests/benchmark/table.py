# SPDX-License-Identifier: MIT
"""Prints the JSON of a benchmark program as a markdown table: PROGRAM --benchmark_format=json | python3 table.py

Repetitions of one benchmark make one row: the median, and where they differ (least - greatest). Milliseconds are of the
processor, but of the clock on the wall where a benchmark may have several threads.
"""
import json
import statistics
import sys

KNOWN = ("products", "rate", "ratio", "error", "error_G", "error_Theta", "error_B", "draws", "ns_per_entry", "peak_MB")


def text(values):
    show = lambda value: f"{value:.2g}" if value < 10 else f"{value:.0f}"
    low, middle, high = (show(f(values)) for f in (min, statistics.median, max))
    return middle if low == high else f"{middle} ({low} – {high})"


def main():
    report = json.load(sys.stdin)
    runs = {}
    for run in report["benchmarks"]:
        if run.get("run_type", "iteration") == "iteration" and not run.get("error_occurred"):
            name = run.get("run_name", run["name"])
            for suffix in ("/manual_time", "/iterations:1"):
                name = name.replace(suffix, "")
            runs.setdefault(name.split("/repeats:")[0], []).append(run)
    columns = [c for c in KNOWN if any(c in run for group in runs.values() for run in group)]
    print("| benchmark | runs | ms |" + "".join(f" {c} |" for c in columns))
    print("|---" * (3 + len(columns)) + "|")
    for name, group in runs.items():
        cells = [name, str(len(group)), text([run["real_time" if "manual_time" in run["name"] else "cpu_time"] for run in group])]
        for column in columns:
            values = [run[column] for run in group if column in run]
            cells.append(text(values) if values else "")
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
