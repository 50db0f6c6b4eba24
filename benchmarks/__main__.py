"""Run benchmarks: `python -m benchmarks [NAME..] [--rows N] [--report]`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console
from rich.table import Table

from afspraken import migrate
from afspraken.settings import ROOT, Settings
from benchmarks import check, mutations, national, unchanged
from benchmarks.measure import Benchmark, machine
from benchmarks.report import write_report
from benchmarks.server import free_port, served
from local import postgres
from local.sample import make_sample
from local.sample.national import CERTIFICATES

# a table that goes to a file is as wide as it needs
console = Console(width=None if sys.stdout.isatty() else 150)


@dataclass
class Bench:
    """What benchmarks share: a warehouse of their own, the sample, and the national file."""

    settings: Settings
    rows: int

    @property
    def work(self) -> Path:
        return self.settings.state_dir / "work"

    @cached_property
    def sample(self) -> Path:
        folder = self.settings.state_dir / "sample"
        make_sample(folder)
        return folder

    @cached_property
    def file(self) -> national.NationalFile:
        return national.make_file(self.sample, self.work, self.rows)

    def unchanged(self) -> Benchmark:
        with served(self.sample) as port:
            # an empty address is that of the simulated publishers
            addresses = {name: "" for name in Settings.model_fields if name.endswith("_url")}
            settings = self.settings.model_copy(update={**addresses, "publishers_port": port})
            return unchanged.night_without_news(settings, f"http://127.0.0.1:{port}")


# the quiet night first: it asks about what is landed, and the others land what no publisher gives
BENCHMARKS: dict[str, Callable[[Bench], Benchmark]] = {
    "unchanged": Bench.unchanged,
    "check": lambda b: check.check_files(b.settings, b.sample, b.work, min(b.rows, check.HOMES)),
    "national": lambda b: national.load_whole(b.settings, b.file, b.work),
    "municipality": lambda b: national.keep_one_municipality(b.settings, b.file),
    "mutations": lambda b: mutations.follow_size(b.settings, b.sample, b.work, b.rows),
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rows", type=int, default=CERTIFICATES, help="of the national file")
    parser.add_argument("--report", action="store_true", help="write docs/performance.md")
    asked = parser.parse_args(arguments)
    if unknown := sorted(set(asked.names) - set(BENCHMARKS)):
        parser.error(f"no benchmark {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}")
    state = Settings().state_dir / "benchmarks"
    with own_warehouse(state) as settings:
        found = run_all(Bench(settings, asked.rows), asked.names or list(BENCHMARKS), state)
    if asked.report:
        write_report(ROOT / "docs" / "performance.md", found)
    return int(not all(claim.holds for benchmark in found for claim in benchmark.claims))


def run_all(bench: Bench, names: list[str], results: Path) -> list[Benchmark]:
    """Run benchmarks, show each as a table, and keep it as JSON in `results`."""
    console.print(machine(), highlight=False)
    found = []
    try:
        for name in names:
            benchmark = BENCHMARKS[name](bench)
            found.append(benchmark)
            _show(benchmark)
            text = json.dumps(benchmark.as_json(), ensure_ascii=False, indent=1)
            (results / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)
    return found


@contextmanager
def own_warehouse(folder: Path) -> Iterator[Settings]:
    """An embedded Postgres with an empty, migrated warehouse, gone afterwards."""
    state = folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    settings = Settings(state_dir=state, postgres_port=free_port(), warehouse_dsn="")
    postgres.start(settings)
    try:
        migrate.migrate(settings)
        yield settings
    finally:
        postgres.stop(settings)
        shutil.rmtree(state, ignore_errors=True)


def _show(benchmark: Benchmark) -> None:
    table = Table(title=benchmark.title, title_justify="left")
    for heading in ("", "rows", "seconds", "rows/s", "ratio", "peak MB", "note"):
        table.add_column(heading, justify="left" if heading in ("", "note") else "right")
    for one in benchmark.contenders:
        table.add_row(
            one.name,
            f"{one.rows:,}",
            f"{one.seconds:.2f}",
            f"{one.rows_per_second:,.0f}",
            "" if one.ratio is None else f"{one.ratio:.2f}",
            "" if one.peak_mb is None else f"{one.peak_mb:.0f}",
            one.note,
        )
    console.print(table)
    for claim in benchmark.claims:
        mark = "[green]✓[/green]" if claim.holds else "[red]✗[/red]"
        console.print(f"  {mark} {claim.text}: {claim.measured}", highlight=False)
    for note in benchmark.notes:
        console.print(f"  {note}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
