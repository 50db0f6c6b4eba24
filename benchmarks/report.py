"""The kept report: docs/performance.md, written from one run and naming the machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Benchmark, machine

_INTRODUCTION = """# Performance

Written by `make benchmarks` from one run on one machine. Trust the ratios: every figure is held
against a floor that ran in the same minutes, and the peers stand beside it. A smaller run is
`.venv/bin/python -m benchmarks --rows 500000`.

Machine: {machine}.
"""


def write_report(path: Path, found: Sequence[Benchmark]) -> None:
    parts = [_INTRODUCTION.format(machine=machine())]
    for benchmark in found:
        parts.append(f"## {benchmark.title}\n\n{_table(benchmark)}\n")
        parts += [
            f"- {'holds' if claim.holds else '**does not hold**'}: {claim.text}; "
            f"measured: {claim.measured}"
            for claim in benchmark.claims
        ]
        parts += [f"\n{note}" for note in benchmark.notes]
        parts.append("")
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def _table(benchmark: Benchmark) -> str:
    lines = [
        "| | rows | seconds | rows/s | ratio | peak MB | |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    for one in benchmark.contenders:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        peak = "" if one.peak_mb is None else f"{one.peak_mb:.0f}"
        lines.append(
            f"| {one.name} | {one.rows:,} | {one.seconds:.2f} | {one.rows_per_second:,.0f} "
            f"| {ratio} | {peak} | {one.note} |"
        )
    return "\n".join(lines)
