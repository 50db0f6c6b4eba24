"""From rule outcomes to a verdict on each landing: what is used, what waits, what goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from expectations.postgres import REMARKS_LISTED, Outcome
from ingestion.contract import Severity
from ingestion.receipts import RowFault, RuleResult

State = Literal["accepted", "accepted_with_remarks", "held_back", "refused"]


@dataclass(frozen=True)
class Pending:
    """A landing that is loaded and not yet judged, with what its plausibility is measured by.

    `rows_in_use` is the row count of the version it would replace, or for a delivery that of the
    sender's accepted delivery before it. `newer_delivery` names one that was received later and
    is in use already.
    """

    landing_id: int
    source: str
    part: str
    table: str
    file_name: str
    sender: str | None
    peildatum: date | None
    delivery_id: str | None
    received_at: datetime | None
    rows: int
    rows_in_use: int | None
    newer_delivery: str | None = None


@dataclass(frozen=True)
class CountRule:
    """Whether a landing's size is plausible: a range, and at most so much less than before."""

    rule_id: str
    severity: Severity
    passed: bool
    message: str


@dataclass(frozen=True)
class Verdict:
    """The judgement of one landing."""

    pending: Pending
    state: State
    reasons: tuple[str, ...]
    rejected_rows: int
    rules: tuple[RuleResult, ...]
    faults: tuple[RowFault, ...]
    counts: tuple[CountRule, ...]


def decide(
    pending: Pending,
    outcomes: Sequence[Outcome],
    counts: Sequence[CountRule],
    tolerated_rows: int,
    explanations: Sequence[str] = (),
) -> Verdict:
    """One landing's verdict. More rejected rows than tolerated: the whole of it goes back.

    `explanations` are reasons found by looking at the failures together, told first.
    """
    rules, faults = [], []
    rejected: set[int] = set()
    for outcome in outcomes:
        rule = outcome.rule
        rows = outcome.failed_by_landing.get(pending.landing_id, [])
        rules.append(
            RuleResult(
                rule.rule_id,
                rule.severity,
                outcome.evaluated.get(pending.landing_id, 0),
                outcome.failed_count(pending.landing_id),
                rule.message,
                rule.remedy,
            )
        )
        if rule.severity == "blocks":
            rejected |= {row.row_number for row in rows}
        else:
            rows = rows[:REMARKS_LISTED]
        faults += [
            RowFault(
                pending.file_name,
                row.row_number,
                rule.column,
                row.value,
                rule.rule_id,
                rule.severity,
                rule.message,
                rule.remedy,
            )
            for row in rows
        ]
    faults.sort(key=lambda fault: (fault.severity, fault.row, fault.column))
    reasons = list(explanations)
    blocked = [count.message for count in counts if count.severity == "blocks" and not count.passed]
    remarks = [count.message for count in counts if count.severity == "warns" and not count.passed]
    # a publisher can't be asked to send again; what it sent waits for somebody to look at it
    turned_down: State = "refused" if pending.delivery_id else "held_back"
    state: State
    if blocked:
        state = turned_down
        reasons += blocked
    elif len(rejected) > tolerated_rows:
        state = turned_down
        reasons.append(
            f"{_count(len(rejected))} van de {_count(pending.rows)} rijen zijn afgekeurd; "
            f"ten hoogste {_count(tolerated_rows)} is toegestaan."
        )
    elif pending.newer_delivery:
        state = "held_back"
        reasons.append(
            f"Levering {pending.newer_delivery} over dezelfde peildatum is later ontvangen en "
            "blijft in gebruik."
        )
    elif remarks or any(rule.failed for rule in rules):
        state = "accepted_with_remarks"
        reasons += remarks
        if rejected:
            reasons.append(
                f"{_count(len(rejected))} van de {_count(pending.rows)} rijen zijn afgekeurd en "
                "tellen niet mee."
            )
    else:
        state = "accepted"
    return Verdict(
        pending, state, tuple(reasons), len(rejected), tuple(rules), tuple(faults), tuple(counts)
    )


def lost_leading_zeros(
    pending: Pending, outcomes: Sequence[Outcome], column: str, rule_id: str
) -> str | None:
    """The explanation when most ids of a column have 15 digits: a spreadsheet ate the zero."""
    for outcome in outcomes:
        if outcome.rule.rule_id != rule_id:
            continue
        short = [
            row
            for row in outcome.failed_by_landing.get(pending.landing_id, [])
            if row.value is not None and len(row.value) == 15 and row.value.isdigit()
        ]
        if len(short) * 2 > outcome.evaluated.get(pending.landing_id, 0):
            return (
                f"Bij {_count(len(short))} rijen heeft {column} maar 15 cijfers: de voorloopnul is "
                "verdwenen. Dat gebeurt als het bestand in Excel is geopend en opgeslagen. Zet de "
                "kolom op Tekst, of exporteer rechtstreeks uit uw systeem, en lever opnieuw."
            )
    return None


def plausible_counts(
    pending: Pending,
    table_rows: Mapping[str, int],
    limits: Mapping[str, tuple[int, int]],
    shrink_percent: float,
) -> list[CountRule]:
    """A publisher's landing against its card: row counts in range, not much less than in use."""
    rules = []
    for table, rows in table_rows.items():
        low, high = limits[table]
        rules.append(
            CountRule(
                f"{table}-aantal",
                "blocks",
                low <= rows <= high,
                f"{table}: {_count(rows)} rijen; aannemelijk is {_count(low)} tot {_count(high)}.",
            )
        )
    if pending.rows_in_use:
        floor = pending.rows_in_use * (1 - shrink_percent / 100)
        rules.append(
            CountRule(
                f"{pending.table}-krimp",
                "blocks",
                pending.rows >= floor,
                f"{_count(pending.rows)} rijen, terwijl er {_count(pending.rows_in_use)} in "
                f"gebruik zijn: meer dan {shrink_percent:g}% minder.",
            )
        )
    return rules


def delivered_count(
    pending: Pending, entity: str, deviation_percent: float | None
) -> list[CountRule]:
    """A delivery against the one before it: a big change of stock asks for a word."""
    if not pending.rows_in_use or deviation_percent is None:
        return []
    change = 100 * (pending.rows - pending.rows_in_use) / pending.rows_in_use
    return [
        CountRule(
            f"{entity}-aantal",
            "warns",
            abs(change) <= deviation_percent,
            f"Het aantal rijen is {_count(pending.rows)}; vorige keer was het "
            f"{_count(pending.rows_in_use)}. Klopt dat? Licht het toe in het manifest.",
        )
    ]


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")
