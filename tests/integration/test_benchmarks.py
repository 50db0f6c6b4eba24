"""Every benchmark runs at a tiny size; what it measures is then no measure of anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from afspraken.settings import Settings
from benchmarks.__main__ import BENCHMARKS, Bench, run_all
from benchmarks.measure import Benchmark
from benchmarks.report import write_report
from local.sample.certificates import COLUMNS
from local.sample.national import CERTIFICATES, write_national_file

ROWS = 3_000
# promises that hold at any size
CERTAIN = {"no file is downloaded"}


@pytest.fixture
def bench(warehouse: Settings, sample: Path) -> Bench:
    made = Bench(warehouse, ROWS)
    made.__dict__["sample"] = sample
    return made


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_runs_and_is_kept(bench: Bench, tmp_path: Path, name: str) -> None:
    (found,) = run_all(bench, [name], tmp_path)
    assert found.contenders and found.claims
    assert all(one.seconds > 0 for one in found.contenders if "not measured" not in one.note)
    assert all(claim.holds for claim in found.claims if claim.text in CERTAIN)
    kept = json.loads((tmp_path / f"{name}.json").read_text("utf-8"))
    assert kept["machine"] and len(kept["contenders"]) == len(found.contenders)
    assert not bench.work.exists()
    _is_in_a_report(found, tmp_path / "performance.md")


def _is_in_a_report(found: Benchmark, path: Path) -> None:
    write_report(path, [found])
    report = path.read_text("utf-8")
    assert found.title in report
    assert all(one.name in report for one in found.contenders)


def test_the_national_file_holds_the_sample_unchanged_and_mixed_with_all_others(
    sample: Path, tmp_path: Path
) -> None:
    (own,) = (sample / "publishers" / "ep-online").glob("v*_v4_csv.zip")
    size = write_national_file(own, tmp_path / "national.zip", rows := 100_000)
    ours, theirs = _lines(own), _lines(tmp_path / "national.zip")
    assert len(theirs) == rows and all(line.count(";") == len(COLUMNS) - 1 for line in theirs)
    # of one and of three municipalities
    assert set(theirs[::3]) <= set(ours)
    assert not set(theirs[1::3]) & set(ours)
    assert size > 200 * rows
    assert CERTIFICATES == 6_100_000


def _lines(path: Path) -> list[str]:
    import zipfile

    with zipfile.ZipFile(path) as archive:
        text = archive.read(archive.namelist()[0]).decode("utf-8-sig")
    return text.split("\r\n")[3:-1]
