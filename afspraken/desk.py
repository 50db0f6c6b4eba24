"""Commands for who delivers: check files, put them in the inbox, withdraw, read the receipt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from afspraken.settings import AMSTERDAM, Settings

if TYPE_CHECKING:
    from expectations.desk import Checked
    from ingestion.manifest import Kind

EXIT_CODES = {"accepted": 0, "repeated": 0, "accepted_with_remarks": 1}
REFUSED = 2
SHOWN = 40
COLOURS = {"✓": "green", "✓!": "yellow", "✗": "red"}

console = Console()
complaints = Console(stderr=True)

Files = Annotated[
    list[Path], typer.Argument(exists=True, readable=True, help="files, or a folder of them")
]
Party = Annotated[str | None, typer.Option("--party", help="code of who delivers, such as DKO")]
Peildatum = Annotated[datetime | None, typer.Option("--peildatum", formats=["%Y-%m-%d"])]


class Soort(StrEnum):
    VOLLEDIG = "VOLLEDIG"
    CORRECTIE = "CORRECTIE"
    DEEL = "DEEL"


SoortOption = Annotated[Soort, typer.Option("--soort")]
Replaces = Annotated[
    str | None, typer.Option("--replaces", help="levering_id that a correction replaces")
]


def check(
    files: Files,
    party: Party = None,
    peildatum: Peildatum = None,
    soort: SoortOption = Soort.VOLLEDIG,
    replaces: Replaces = None,
    out: Annotated[
        Path | None, typer.Option(help="folder for the reports; empty: beside the file")
    ] = None,
) -> None:
    """Controleer een levering voordat u haar verstuurt, zonder database.

    Exit code 0: accepted, 1: with remarks, 2: refused.
    """
    paths = _paths(files)
    checked = _check(paths, party, peildatum, soort, replaces)
    _show(checked.receipt.content())
    for path in _write(checked, files[0], out):
        console.print(f"Verslag: {path}", highlight=False, soft_wrap=True)
    raise typer.Exit(EXIT_CODES.get(checked.receipt.state, REFUSED))


def deliver(
    files: Files,
    party: Annotated[str, typer.Option("--party", help="code of who delivers, such as DKO")],
    peildatum: Peildatum = None,
    soort: SoortOption = Soort.VOLLEDIG,
    replaces: Replaces = None,
    force: Annotated[bool, typer.Option("--force", help="send what would be refused too")] = False,
) -> None:
    """Controleer een levering en zet haar in de inbox, met een manifest als dat er niet is.

    Exit codes as those of `check`; what is refused is not sent.
    """
    from ingestion.inbox import MANIFEST

    settings = Settings()
    paths = _paths(files)
    checked = _check(paths, party, peildatum, soort, replaces)
    content = checked.receipt.content()
    if checked.receipt.state == "refused":
        _show(content)
        if not force or checked.manifest is None:
            complaints.print("[red]Niet verstuurd.[/red]")
            raise typer.Exit(REFUSED)
    if checked.manifest is None:
        raise typer.Exit(REFUSED)
    sent: dict[str, bytes | Path] = {path.name: path for path in paths}
    sent.setdefault(MANIFEST, checked.manifest.as_bytes())
    place = _put(settings, party, checked.manifest.levering_id, sent)
    console.print(
        f"{content['teken']} {content['oordeel']} bij controle vooraf.",
        style=COLOURS.get(content["teken"]),
    )
    console.print(
        f"Verstuurd als {checked.manifest.levering_id} naar {place}. Het ontvangstbewijs volgt: "
        f"afspraken receipt {checked.manifest.levering_id}",
        highlight=False,
        soft_wrap=True,
    )
    raise typer.Exit(EXIT_CODES.get(checked.receipt.state, REFUSED))


def withdraw(
    levering: Annotated[str, typer.Argument(help="levering_id of what is withdrawn")],
    party: Annotated[str, typer.Option("--party", help="whose delivery it is")],
    peildatum: Annotated[datetime, typer.Option("--peildatum", formats=["%Y-%m-%d"])],
    reason: Annotated[str, typer.Option("--reason", help="why; no names of persons")],
) -> None:
    """Trek een levering in: wat daarvoor gold, geldt dan weer.

    The withdrawal is a delivery of its own: it lies in the inbox and gets a receipt.
    """
    from ingestion.inbox import MANIFEST
    from ingestion.manifest import Manifest
    from ingestion.municipality import municipality_code

    settings = Settings()
    now = datetime.now(AMSTERDAM)
    manifest = Manifest(
        levering_id=f"{party}-{peildatum:%Y-%m-%d}-{now:%y%m%d%H%M%S}",
        afzender_code=party,
        gemeente_code=municipality_code(settings),
        peildatum=peildatum.date(),
        contractversie="1.0.0",
        soort="INTREKKING",
        vervangt_levering_id=levering,
        opgemaakt_op=now,
        volledigheid_toelichting=reason,
    )
    place = _put(settings, party, manifest.levering_id, {MANIFEST: manifest.as_bytes()})
    console.print(
        f"Intrekking van {levering} verstuurd als {manifest.levering_id} naar {place}.",
        highlight=False,
        soft_wrap=True,
    )


class ReceiptFormat(StrEnum):
    text = "text"
    html = "html"
    json = "json"
    xlsx = "xlsx"


def receipt(
    levering: Annotated[str, typer.Argument(help="levering_id")],
    format: Annotated[ReceiptFormat, typer.Option()] = ReceiptFormat.text,
    out: Annotated[Path | None, typer.Option(help="file to write; empty: the screen")] = None,
) -> None:
    """Toon het ontvangstbewijs van een levering."""
    import json

    from ingestion.answers import find_receipt, receipt_workbook

    settings = Settings()
    found = find_receipt(settings, levering)
    if found is None:
        complaints.print(f"[red]Van {levering} is er geen ontvangstbewijs.[/red]")
        raise typer.Exit(1)
    html, content = found
    if format is ReceiptFormat.xlsx:
        path = out or Path(f"{levering.replace('/', '-')}.xlsx")
        path.write_bytes(receipt_workbook(settings, levering, content))
        console.print(f"Geschreven: {path}", highlight=False, soft_wrap=True)
    elif format is ReceiptFormat.text and out is None:
        _show(content)
    else:
        from ingestion.receipts import text_of

        text = {
            ReceiptFormat.html: html,
            ReceiptFormat.json: json.dumps(content, ensure_ascii=False, indent=1),
            ReceiptFormat.text: text_of(content),
        }[format]
        if out:
            out.write_text(text, encoding="utf-8")
        else:
            typer.echo(text)


def _paths(files: Sequence[Path]) -> list[Path]:
    paths: list[Path] = []
    for file in files:
        found = sorted(p for p in file.iterdir() if p.is_file()) if file.is_dir() else [file]
        paths += [path for path in found if not _is_ours(path.name)]
    doubles = {p.name for p in paths if [q.name for q in paths].count(p.name) > 1}
    if doubles or not paths:
        told = f"twee bestanden heten {', '.join(sorted(doubles))}" if doubles else "geen bestanden"
        complaints.print(f"[red]{told}[/red]")
        raise typer.Exit(REFUSED)
    return paths


def _is_ours(name: str) -> bool:
    """Reports of an earlier check, and what a spreadsheet leaves beside an open file."""
    return ".controle." in name or name.startswith((".", "~$"))


def _check(
    paths: list[Path],
    party: str | None,
    peildatum: datetime | None,
    soort: Soort,
    replaces: str | None,
) -> Checked:
    from expectations.desk import check as judge_files
    from ingestion.intake import Letter

    kind: Kind = soort.value
    day: date | None = peildatum.date() if peildatum else None
    return judge_files(paths, Settings(), Letter(party, day, kind, replaces))


def _put(settings: Settings, party: str, name: str, files: dict[str, bytes | Path]) -> str:
    from ingestion.inbox import InboxError, open_inbox
    from ingestion.municipality import read_municipality

    if party not in read_municipality(settings).parties:
        complaints.print(f"[red]{party} is geen partij van deze gemeente.[/red]")
        raise typer.Exit(REFUSED)
    try:
        with open_inbox(settings) as inbox:
            return inbox.put(party, name, files)
    except (InboxError, FileExistsError) as error:
        complaints.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(REFUSED) from error


def _write(checked: Checked, first: Path, out: Path | None) -> list[Path]:
    from ingestion.marked import workbook

    folder = out or (first if first.is_dir() else first.parent)
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{first.name}.controle.html"
    book = folder / f"{first.name}.controle.xlsx"
    page.write_text(checked.receipt.html(), encoding="utf-8")
    book.write_bytes(workbook(checked.receipt.content(), checked.columns, checked.rows))
    return [page, book]


def _show(content: dict[str, Any]) -> None:
    """A receipt on the screen: the verdict, then what to mend in which row."""
    colour = COLOURS.get(content["teken"], "white")
    if content["voorbeelddata"]:
        console.print("VOORBEELDDATA: deze levering is verzonnen.", style="yellow")
    console.print(
        f"[bold {colour}]{content['teken']} {content['oordeel']}[/bold {colour}]  "
        f"levering {escape(content['levering_id'])}",
        highlight=False,
    )
    console.print(f"{content['toelichting']} {content['wat_nu']}", highlight=False)
    for told in (*content["redenen"], *content["opmerkingen"]):
        console.print(f"- {escape(told)}", highlight=False)
    if content["rijen"] is not None:
        console.print(f"Rijen: {content['rijen']}, afgekeurd: {content['afgekeurde_rijen']}")
    if content["fouten"]:
        table = Table("bestand", "rij", "kolom", "waarde", "gevolg", "wat er niet klopt en herstel")
        for fault in content["fouten"][:SHOWN]:
            table.add_row(
                escape(fault["file_name"]),
                str(fault["row"]),
                escape(fault["column"]),
                escape(fault["value"]) if fault["value"] is not None else "(leeg)",
                "[red]✗ afgekeurd[/red]" if fault["severity"] == "blocks" else "! opmerking",
                escape(f"{fault['message']} {fault['remedy']}".strip()),
            )
        console.print(table)
        more = content["fouten_niet_genoemd"] + max(0, len(content["fouten"]) - SHOWN)
        if more:
            console.print(f"En nog {more} fouten; zie het verslag.")
    for mended in content["hersteld"]:
        rows = ", ".join(map(str, mended["rows"][:5]))
        console.print(
            f"hersteld: {mended['count']} keer in {escape(mended['column'])} (rij {rows}"
            f"{' en meer' if mended['count'] > 5 else ''}): "
            f"{escape(mended['given'])} → {escape(mended['used'])}. {escape(mended['message'])}",
            highlight=False,
        )
