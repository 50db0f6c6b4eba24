"""Commands for who looks after the warehouse: look ahead, rebuild, verify the archive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from afspraken.settings import Settings

if TYPE_CHECKING:
    from afspraken.diff import Difference

CHANGES = {"new": "nieuw", "gone": "vervalt", "changed": "anders"}

archive = typer.Typer(no_args_is_help=True, help="The archive of everything that came in.")
console = Console()
complaints = Console(stderr=True)


def diff(
    is_json: Annotated[bool, typer.Option("--json", help="everything, for machines")] = False,
    is_built: Annotated[
        bool, typer.Option("--built", help="compare what is built, without building anew")
    ] = False,
    limit: Annotated[int, typer.Option(help="rows of figures to show; 0 is all")] = 40,
) -> None:
    """What the next publication would change, without publishing.

    Exit code 0: nothing, 1: something, 2: it can't be said.
    """
    from afspraken import readout
    from afspraken.build import BuildError
    from afspraken.diff import DiffError
    from afspraken.diff import diff as look_ahead

    try:
        found = look_ahead(Settings(), is_built=is_built)
    except (BuildError, DiffError) as error:
        complaints.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(2) from error
    if is_json:
        typer.echo(json.dumps(asdict(found), default=readout.as_json, ensure_ascii=False, indent=1))
    else:
        _print_difference(found, limit)
    raise typer.Exit(0 if found.is_empty else 1)


def rebuild(
    folder: Annotated[
        Path, typer.Option("--archive", exists=True, file_okay=False, help="the archive's folder")
    ],
) -> None:
    """Fill an empty, migrated warehouse from an archive alone, and publish it."""
    from afspraken.rebuild import RebuildError
    from afspraken.rebuild import rebuild as make_anew

    try:
        replayed = make_anew(Settings(), folder)
    except RebuildError as error:
        complaints.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(
        f"Rebuilt and published: {replayed.files} files of publishers, "
        f"{replayed.deliveries} deliveries."
    )
    for label in replayed.unknown:
        console.print(f"Left out, no card: {label}")


@archive.command()
def verify(
    folder: Annotated[Path | None, typer.Option("--archive", help="empty: our own")] = None,
) -> None:
    """Read every archived file and hold it against its sha256. Exit code 1: something is off."""
    from ingestion.archive import verify as hold_to_names

    verified = hold_to_names(folder or Settings().archive_dir)
    for fault in verified.faults:
        complaints.print(f"[red]{fault}[/red]", soft_wrap=True)
    console.print(f"{verified.files} files, {len(verified.faults)} faults.")
    raise typer.Exit(1 if verified.faults else 0)


def _print_difference(found: Difference, limit: int) -> None:
    console.print(f"Vergeleken met de publicatie van {found.published_at[:16]}.")
    if found.is_empty:
        console.print("De volgende publicatie zou niets veranderen.")
    if found.agreements:
        table = Table("afspraak", "titel", "status was", "wordt", title="Afspraken die veranderen")
        for row in found.agreements:
            table.add_row(row["nummer"], row["titel"], row["old"] or "", row["new"] or "")
        console.print(table)
    if found.targets:
        console.print(f"{len(found.targets)} standen van doelen veranderen van status.")
    if found.figures:
        _print_figures(found.figures, limit)
    for cause in found.causes:
        console.print(
            f"Sinds de publicatie in gebruik: {cause['source']} {cause['part']} "
            f"({cause['delivery_id'] or cause['file_name']}, {cause['row_count']} rijen).",
            soft_wrap=True,
        )
    if found.code[0] != found.code[1]:
        console.print(f"De code is anders: {found.code[0]} werd {found.code[1]}.")


def _print_figures(figures: Any, limit: int) -> None:
    counts = Counter(CHANGES[row["change"]] for row in figures)
    console.print("Cijfers: " + ", ".join(f"{n} {word}" for word, n in counts.items()) + ".")
    table = Table("cijfer", "waar", "peildatum", "was", "wordt", "verschil")
    shown = sorted(figures, key=_by_size)[: limit or None]
    for row in shown:
        where = ", ".join(filter(None, (row["gebied_naam"], row["corporatie_code"])))
        percent = f" ({_cell(row['percent'])}%)" if row["percent"] is not None else ""
        changed = row["change"] == "changed"
        table.add_row(
            f"{row['indicator']} {row['onderdeel']}",
            where,
            _cell(row["peildatum"]),
            _cell(row["old"]),
            _cell(row["new"]),
            f"{_cell(row['difference'])}{percent}" if changed else CHANGES[row["change"]],
        )
    console.print(table)
    if len(shown) < len(figures):
        console.print(f"En nog {len(figures) - len(shown)} andere: zie --limit 0 of --json.")


def _by_size(row: Mapping[str, Any]) -> tuple[bool, float]:
    """The municipality first, and within it the biggest change."""
    return row["gebied_soort"] != "gemeente", -abs(row["percent"] or 0)


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".").replace(".", ",")
    return "" if value is None else str(value)
