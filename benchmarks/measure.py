"""Measuring: a contender runs in a process of its own, which gives its seconds and peak memory."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from afspraken.db import warehouse_dsn
from afspraken.settings import ROOT, Settings


@dataclass(frozen=True)
class Measured:
    """One contender: rows done in `seconds`, peak memory in MB of its own process.

    `ratio` is to the benchmark's floor: of rows per second where more is better, of seconds
    where less is better, as the benchmark's claim says.
    """

    name: str
    seconds: float
    rows: int
    peak_mb: float | None = None
    ratio: float | None = None
    note: str = ""

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Claim:
    """What was asked for, what was measured, and whether it holds."""

    text: str
    measured: str
    holds: bool


@dataclass(frozen=True)
class Benchmark:
    """The outcome of one benchmark."""

    name: str
    title: str
    contenders: Sequence[Measured]
    claims: Sequence[Claim]
    notes: Sequence[str] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "contenders": [
                {**asdict(c), "rows_per_second": round(c.rows_per_second)} for c in self.contenders
            ],
            "machine": machine(),
        }


class ContenderError(RuntimeError):
    """A contender's process failed; the message is the end of what it said."""


def run(settings: Settings, contender: str, **arguments: Any) -> dict[str, Any]:
    """Run one function of benchmarks.contenders; returns its answer with `peak_mb`.

    The peak is that of the process alone: Postgres is not its child.
    """
    values = {
        name.upper(): str(value) for name, value in settings.model_dump().items() if value != ""
    }
    words = [sys.executable, "-m", "benchmarks.contenders", contender, json.dumps(arguments)]
    environment = {**os.environ, **values, "WAREHOUSE_DSN": warehouse_dsn(settings)}
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        said, complained = process.communicate()
    if process.returncode:
        raise ContenderError(f"{contender}: {complained.strip()[-1000:]}")
    answer: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return answer


def typical(values: Sequence[float]) -> float:
    return float(median(values))


def rounds(rows: int) -> int:
    """How often each contender runs: a big run says as much as some small ones, a tiny nothing."""
    return 2 if rows > 2_000_000 else 3 if rows >= 10_000 else 1


def alternately(times: int, **contenders: Callable[[], Any]) -> dict[str, list[Any]]:
    """Run contenders in turns, so that a busy minute of the machine is nobody's alone."""
    answers: dict[str, list[Any]] = {name: [] for name in contenders}
    for _ in range(times):
        for name, contender in contenders.items():
            answers[name].append(contender())
    return answers


def machine() -> str:
    """Processor, cores, memory and system, for beside the figures."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text("utf-8", errors="replace").splitlines()
        model = next(
            (x.split(":", 1)[1].strip() for x in lines if x.startswith("model name")), model
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}"
    )
