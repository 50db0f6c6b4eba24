"""`afspraken check` at a supplier's desk, beside pandas that only reads the same file."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

from openpyxl import Workbook

from afspraken.settings import ROOT, Settings
from benchmarks.measure import Benchmark, Claim, Measured, rounds, run, typical

HOMES = 20_000
# "in seconds": what somebody waits for without leaving the desk
LIMIT_SECONDS = 20.0


def check_files(settings: Settings, sample: Path, work: Path, homes: int) -> Benchmark:
    """Check a delivery of `homes` homes as CSV and as workbook, both made from the sample's own."""
    party, peildatum, rows = _homes(sample, homes)
    contenders, slowest = [], 0.0
    for path in (_as_csv(rows, work), _as_xlsx(rows, work)):
        floors = [_seconds(settings, path) for _ in range(min(2, rounds(homes)))]
        floor = typical([wall for wall, _ in floors])
        checks = [_check(path, party, peildatum, work) for _ in range(min(2, rounds(homes)))]
        check = typical(checks)
        slowest = max(slowest, check)
        kind = path.suffix[1:]
        contenders += [
            Measured(
                f"{kind}: pandas starts and reads",
                floor,
                homes,
                ratio=1.0,
                note=f"of which reading {typical([read for _, read in floors]):.2f} s",
            ),
            Measured(f"{kind}: afspraken check", check, homes, ratio=check / floor),
        ]
    return Benchmark(
        "check",
        f"afspraken check on {homes:,} homes (ratio of seconds: less is better)",
        contenders,
        [Claim(f"within {LIMIT_SECONDS:.0f} s", f"{slowest:.1f} s", slowest <= LIMIT_SECONDS)],
        ["Both are whole processes, from start to exit code; the check writes its reports too."],
    )


def _homes(sample: Path, homes: int) -> tuple[str, str, list[list[str]]]:
    """A party, a peildatum, and rows under a heading: the sample's largest delivery, repeated."""
    largest = max((sample / "inbox").rglob("eenheid.csv"), key=lambda path: path.stat().st_size)
    manifest = json.loads((largest.parent / "manifest.json").read_text("utf-8"))
    with largest.open(encoding="utf-8-sig", newline="") as file:
        heading, *own = csv.reader(file, delimiter=";")
    unit, bag = heading.index("eenheid_id"), heading.index("bag_object_id")
    rows = [heading]
    for number in range(homes):
        row = list(own[number % len(own)])
        if copy := number // len(own):
            row[unit] += f"-{copy}"
            if row[bag].isdigit():
                row[bag] = f"{int(row[bag]) + copy * 10_000_000:016d}"
        rows.append(row)
    return manifest["afzender_code"], manifest["peildatum"], rows


def _as_csv(rows: list[list[str]], work: Path) -> Path:
    path = work / "csv" / "eenheid.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    return path


def _as_xlsx(rows: list[list[str]], work: Path) -> Path:
    path = work / "xlsx" / "eenheid.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("eenheid")
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


def _seconds(settings: Settings, path: Path) -> tuple[float, float]:
    started = time.perf_counter()
    answer = run(settings, "pandas_read", path=str(path))
    return time.perf_counter() - started, answer["seconds"]


def _check(path: Path, party: str, peildatum: str, work: Path) -> float:
    words = ["check", str(path), "--party", party, "--peildatum", peildatum, "--out", str(work)]
    started = time.perf_counter()
    checked = subprocess.run(
        [sys.executable, "-m", "afspraken.cli", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if checked.returncode not in (0, 1, 2) or "Traceback" in checked.stderr:
        raise RuntimeError(f"afspraken check: {checked.stderr[-1000:]}")
    return seconds
