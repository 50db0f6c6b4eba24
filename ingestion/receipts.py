"""Receipts: what became of a delivery, row by row, in Dutch, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jinja2
import psycopg
from psycopg.types.json import Jsonb

from afspraken.settings import AMSTERDAM

State = Literal["accepted", "accepted_with_remarks", "refused", "held_back"]
# a receipt that lists more helps nobody; the counts per rule stay complete
LISTED = 2000

VERDICTS: Mapping[State, tuple[str, str, str]] = {
    "accepted": ("aanvaard", "✓", "De levering is in gebruik genomen."),
    "accepted_with_remarks": (
        "aanvaard met opmerkingen",
        "✓!",
        "De levering is in gebruik genomen. Kijk de opmerkingen na voor de volgende keer.",
    ),
    "refused": (
        "geweigerd",
        "✗",
        "De levering is niet in gebruik genomen. Uw vorige levering blijft gelden tot er een "
        "verbeterde levering is.",
    ),
    "held_back": (
        "aangehouden",
        "‖",
        "De levering is bewaard maar niet in gebruik genomen.",
    ),
}


@dataclass(frozen=True)
class RuleResult:
    """One rule of the contract over the whole delivery."""

    rule_id: str
    severity: Literal["blocks", "warns"]
    evaluated: int
    failed: int
    message: str
    remedy: str


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
class Receipt:
    """Everything a supplier gets to know about a delivery."""

    delivery_id: str
    sender: str
    peildatum: date | None
    received_at: datetime
    judged_at: datetime
    state: State
    is_sample: bool
    reasons: tuple[str, ...] = ()
    rows: int | None = None
    rejected_rows: int = 0
    rules: tuple[RuleResult, ...] = ()
    faults: tuple[RowFault, ...] = ()

    def content(self) -> dict[str, Any]:
        """The machine-readable receipt, with Dutch keys."""
        word, _, explanation = VERDICTS[self.state]
        return {
            "levering_id": self.delivery_id,
            "afzender_code": self.sender,
            "peildatum": self.peildatum.isoformat() if self.peildatum else None,
            "ontvangen_op": self.received_at.isoformat(),
            "beoordeeld_op": self.judged_at.isoformat(),
            "oordeel": word,
            "toelichting": explanation,
            "voorbeelddata": self.is_sample,
            "redenen": list(self.reasons),
            "rijen": self.rows,
            "afgekeurde_rijen": self.rejected_rows,
            "regels": [asdict(rule) for rule in self.rules if rule.failed],
            "fouten": [asdict(fault) for fault in self.faults[:LISTED]],
            "fouten_niet_genoemd": max(0, len(self.faults) - LISTED),
        }

    def html(self) -> str:
        word, mark, explanation = VERDICTS[self.state]
        return _template().render(
            receipt=self,
            word=word,
            mark=mark,
            explanation=explanation,
            failed_rules=sorted(
                (rule for rule in self.rules if rule.failed),
                key=lambda rule: (rule.severity, -rule.failed),
            ),
            faults=self.faults[:LISTED],
            unlisted=max(0, len(self.faults) - LISTED),
        )


def store_receipt(connection: psycopg.Connection, receipt: Receipt) -> None:
    """Put a receipt beside its delivery in ops.delivery."""
    connection.execute(
        "update ops.delivery set receipt_html = %s, receipt_json = %s where delivery_id = %s",
        [receipt.html(), Jsonb(receipt.content()), receipt.delivery_id],
    )


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["datum"] = lambda day: day.strftime("%d-%m-%Y")
    environment.filters["moment"] = lambda moment: moment.astimezone(AMSTERDAM).strftime(
        "%d-%m-%Y %H:%M"
    )
    environment.filters["aantal"] = lambda number: f"{number:,}".replace(",", ".")
    return environment.get_template("receipt.html.j2")
