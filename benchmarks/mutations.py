"""A day's mutations of EP-Online: their cost follows their number, not the register's."""

from __future__ import annotations

import hashlib
import time
from datetime import date
from pathlib import Path
from typing import Any

from afspraken.settings import Settings
from benchmarks.measure import Benchmark, Claim, Measured, rounds, run, typical
from benchmarks.national import forget, land, make_file
from local.sample.addresses import zip_bytes
from local.sample.mutations import ADD, as_xml, registered, rows_of

SIZES = (2_000, 20_000)
GROWTH = 10


def follow_size(settings: Settings, sample: Path, work: Path, rows: int) -> Benchmark:
    """Land a small and a large day beside a small and a large register.

    The large register has `rows` certificates at most half a million; the small one a tenth.
    """
    large = min(rows, 500_000)
    days = {size: _day_file(sample, work, size) for size in _sizes(large)}
    seconds: dict[tuple[int, int], float] = {}
    contenders = []
    for register in (large // GROWTH, large):
        file = make_file(sample, work / f"register-{register}", register)
        land(settings, file, is_whole=True, is_kept=True)
        for size, path in days.items():
            answers = [_land_day(settings, path) for _ in range(rounds(large))]
            seconds[register, size] = typical([answer["seconds"] for answer in answers])
            contenders.append(
                Measured(
                    f"{size:,} mutations, register of {register:,}",
                    seconds[register, size],
                    size,
                    max(answer["peak_mb"] for answer in answers),
                    seconds[register, size] / next(iter(seconds.values())),
                )
            )
        forget(settings)
    by_register = max(seconds[large, size] / seconds[large // GROWTH, size] for size in days)
    small, big = days
    by_size = seconds[large, big] / seconds[large, small]
    return Benchmark(
        "mutations",
        "A day's mutation file: archive, reading, load (ratio: to the first line)",
        contenders,
        [
            Claim(
                f"a register {GROWTH} times as large costs no more (<= 1.5 x)",
                f"{by_register:.2f} x",
                by_register <= 1.5,
            ),
            Claim(
                f"{big // small} times as many mutations cost at most so much more",
                f"{by_size:.1f} x",
                by_size <= 1.2 * big / small,
            ),
        ],
    )


def _sizes(register: int) -> tuple[int, ...]:
    return tuple(min(size, max(register // 10, 10) * size // SIZES[-1]) for size in SIZES)


def _day_file(sample: Path, work: Path, size: int) -> Path:
    work.mkdir(parents=True, exist_ok=True)
    (total,) = (sample / "publishers" / "ep-online").glob("v*_v4_csv.zip")
    own = rows_of(total.read_bytes())
    day = date(2026, 10, 2)
    messages = [(ADD, registered(own[number % len(own)], day)) for number in range(size)]
    path = work / f"d{size}.zip"
    path.write_bytes(zip_bytes({f"d{day:%Y%m%d}_v4.xml": as_xml(messages, 1)}))
    return path


def _land_day(settings: Settings, path: Path) -> dict[str, Any]:
    sha256 = hashlib.sha256(str(time.time_ns()).encode()).hexdigest()
    return run(settings, "land_day", path=str(path), sha256=sha256)
