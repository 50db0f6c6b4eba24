"""Receipts: what became of a delivery, row by row, in Dutch, for people and for machines.

A receipt is kept as HTML and as JSON; mail text and workbook are made from the JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from afspraken.settings import AMSTERDAM

if TYPE_CHECKING:
    import jinja2
    import psycopg

    from ingestion.reading import DeliveredTable, Mend

State = Literal["accepted", "accepted_with_remarks", "refused", "held_back", "repeated"]
# a receipt that lists more helps nobody; the counts per rule stay complete
LISTED = 2000
MENDED_ROWS_LISTED = 20
TOLD_IN_MAIL = 15


@dataclass(frozen=True)
class Word:
    """A verdict as people read it: the word, its mark, what it means and what to do now."""

    word: str
    mark: str
    meaning: str
    remedy: str


VERDICTS: Mapping[State, Word] = {
    "accepted": Word(
        "aanvaard", "✓", "De levering is in gebruik genomen.", "U hoeft niets te doen."
    ),
    "accepted_with_remarks": Word(
        "aanvaard met opmerkingen",
        "✓!",
        "De levering is in gebruik genomen.",
        "Kijk de opmerkingen na. Verbeter ze in uw systeem en stuur een correctie, of neem ze mee "
        "in uw volgende levering.",
    ),
    "refused": Word(
        "geweigerd",
        "✗",
        "De levering is niet in gebruik genomen. Uw vorige levering blijft gelden tot er een "
        "verbeterde levering is.",
        "Verbeter wat hieronder staat en lever opnieuw.",
    ),
    "held_back": Word(
        "aangehouden",
        "‖",
        "De levering is bewaard maar niet in gebruik genomen.",
        "Klopt dat niet? Stuur haar dan opnieuw, met een nieuw levering_id.",
    ),
    "repeated": Word(
        "al bekend",
        "=",
        "Precies deze gegevens zijn al in gebruik. Er is niets veranderd.",
        "U hoeft niets te doen.",
    ),
}


@dataclass(frozen=True)
class RuleResult:
    """One rule of the contract over a file of the delivery."""

    rule_id: str
    severity: Literal["blocks", "warns"]
    evaluated: int
    failed: int
    message: str
    remedy: str
    file_name: str = ""


@dataclass(frozen=True)
class RowFault:
    """One cell that breaks a rule. `row` is the row a spreadsheet shows."""

    file_name: str
    row: int
    column: str
    value: str | None
    rule_id: str
    severity: Literal["blocks", "warns"]
    message: str
    remedy: str


@dataclass(frozen=True)
class Mended:
    """Equal mends in one column of a file: how often, in which rows (the first of them)."""

    file_name: str
    column: str
    kind: str
    message: str
    count: int
    rows: tuple[int, ...]
    given: str
    used: str


@dataclass(frozen=True)
class FilePart:
    """A file or sheet of a delivery, with its entity and its rows."""

    file_name: str
    entity: str
    rows: int
    rejected_rows: int = 0


@dataclass(frozen=True)
class Receipt:
    """Everything a supplier gets to know about a delivery."""

    delivery_id: str
    sender: str
    peildatum: date | None
    received_at: datetime
    judged_at: datetime
    state: State
    is_sample: bool
    kind: str | None = None
    due_on: date | None = None
    reasons: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    meaning: str | None = None
    files: tuple[FilePart, ...] = ()
    rows: int | None = None
    rejected_rows: int = 0
    rules: tuple[RuleResult, ...] = ()
    faults: tuple[RowFault, ...] = ()
    mends: tuple[Mended, ...] = ()
    is_check: bool = False

    @property
    def days_late(self) -> int:
        """Days after the last day on which the delivery could come in; a correction is not late."""
        if self.due_on is None or self.kind not in ("VOLLEDIG", "DEEL"):
            return 0
        return max(0, (self.received_at.astimezone(AMSTERDAM).date() - self.due_on).days)

    def content(self) -> dict[str, Any]:
        """The machine-readable receipt, with Dutch keys."""
        word = VERDICTS[self.state]
        return {
            "levering_id": self.delivery_id,
            "afzender_code": self.sender,
            "soort": self.kind,
            "peildatum": self.peildatum.isoformat() if self.peildatum else None,
            "ontvangen_op": self.received_at.isoformat(),
            "uiterlijk_op": self.due_on.isoformat() if self.due_on else None,
            "dagen_te_laat": self.days_late,
            "beoordeeld_op": self.judged_at.isoformat(),
            "is_controle_vooraf": self.is_check,
            "oordeel": word.word,
            "teken": word.mark,
            "toelichting": self.meaning or self._meaning(),
            "wat_nu": word.remedy,
            "voorbeelddata": self.is_sample,
            "redenen": list(self.reasons),
            "opmerkingen": list(self.remarks),
            "bestanden": [asdict(part) for part in self.files],
            "rijen": self.rows,
            "afgekeurde_rijen": self.rejected_rows,
            "regels": [
                asdict(rule)
                for rule in sorted(
                    self.rules, key=lambda r: (r.severity, -r.failed, r.file_name, r.rule_id)
                )
                if rule.failed
            ],
            "fouten": [asdict(fault) for fault in self.faults[:LISTED]],
            "fouten_niet_genoemd": max(0, len(self.faults) - LISTED),
            "hersteld": [asdict(mended) for mended in self.mends],
        }

    def html(self) -> str:
        return _template().render(receipt=self.content())

    def _meaning(self) -> str:
        if not self.is_check:
            return VERDICTS[self.state].meaning
        if self.state == "refused":
            return "Zo wordt de levering geweigerd. Er is nog niets verstuurd."
        return "Zo kan de levering worden verstuurd. Er is nog niets verstuurd."


def place_of(table: DeliveredTable) -> str:
    """How a file or sheet is called: on the receipt, in quarantine, by its landing."""
    return f"{table.file_name}, blad {table.sheet}" if table.sheet else table.file_name


def mended_of(tables: Iterable[DeliveredTable]) -> tuple[Mended, ...]:
    """The mends of tables that were read to their end, equal ones together."""
    groups: dict[tuple[str, str, str], list[Mend]] = {}
    for table in tables:
        for mend in sorted(table.mends, key=lambda mend: (mend.row, mend.column, mend.kind)):
            groups.setdefault((place_of(table), mend.column, mend.kind), []).append(mend)
    return tuple(
        Mended(
            place,
            column,
            kind,
            mends[0].message,
            len(mends),
            tuple(mend.row for mend in mends[:MENDED_ROWS_LISTED]),
            mends[0].given,
            mends[0].used,
        )
        for (place, column, kind), mends in groups.items()
    )


def store_receipt(
    connection: psycopg.Connection, receipt: Receipt, mailbox: str | None = None
) -> None:
    """Put a receipt beside its delivery in ops.delivery, and in the mail when there is a mailbox.

    Both are of the caller's transaction: a receipt is never mailed for what did not happen.
    """
    from psycopg.types.json import Jsonb

    connection.execute(
        "update ops.delivery set receipt_html = %s, receipt_json = %s where delivery_id = %s",
        [receipt.html(), Jsonb(receipt.content()), receipt.delivery_id],
    )
    if mailbox:
        connection.execute(
            "insert into ops.mail (delivery_id, recipient) values (%s, %s) on conflict do nothing",
            [receipt.delivery_id, mailbox],
        )


def text_of(content: Mapping[str, Any]) -> str:
    """A receipt's content as plain text: what a mail shows where HTML is not read."""
    lines = []
    if content["voorbeelddata"]:
        lines += ["VOORBEELD: deze levering is verzonnen.", ""]
    lines += [f"Levering {content['levering_id']}: {content['oordeel'].upper()}", ""]
    lines += [content["toelichting"], content["wat_nu"], ""]
    lines += [f"- {reason}" for reason in (*content["redenen"], *content["opmerkingen"])]
    if content["rijen"] is not None:
        rejected = _number(content["afgekeurde_rijen"])
        lines += ["", f"Rijen: {_number(content['rijen'])}, waarvan afgekeurd {rejected}."]
    for rule in content["regels"][:TOLD_IN_MAIL]:
        what = "afgekeurd" if rule["severity"] == "blocks" else "opmerking"
        lines.append(
            f"- {_number(rule['failed'])} keer {what}, {rule['file_name']}: {rule['message']} "
            f"{rule['remedy']}"
        )
    for fault in content["fouten"][:TOLD_IN_MAIL]:
        value = "(leeg)" if fault["value"] is None else fault["value"]
        lines.append(
            f"  {fault['file_name']}, rij {fault['row']}, {fault['column']}: {value}. "
            f"{fault['message']}"
        )
    if more := content["fouten_niet_genoemd"] + max(0, len(content["fouten"]) - TOLD_IN_MAIL):
        lines.append(f"  en nog {_number(more)} fouten")
    for mended in content["hersteld"][:TOLD_IN_MAIL]:
        lines.append(
            f"- {_number(mended['count'])} keer hersteld in {mended['column']}: {mended['message']}"
        )
    return "\n".join(lines) + "\n"


def _number(number: int) -> str:
    return f"{number:,}".replace(",", ".")


@cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["datum"] = lambda day: date.fromisoformat(day).strftime("%d-%m-%Y")
    environment.filters["moment"] = lambda moment: (
        datetime.fromisoformat(moment).astimezone(AMSTERDAM).strftime("%d-%m-%Y %H:%M")
    )
    environment.filters["aantal"] = _number
    return environment.get_template("receipt.html.j2")
