"""What a supplier reads of a field or a rule, the same on a page and in a template."""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.contract import Condition, Contract, Field, LaterThan

PARTIES: Mapping[str, str] = {
    "CORPORATIE": "corporaties",
    "GEMEENTE": "de gemeente",
    "HUURDERSORGANISATIE": "huurdersorganisaties",
}
PRESENCE: Mapping[str, str] = {
    "ja": "ja",
    "voorwaardelijk": "soms",
    "nee": "nee",
}
SEVERITY: Mapping[str, str] = {
    "blocks": "de rij telt niet mee",
    "warns": "opmerking",
}
_FORMS: Mapping[str, str] = {
    "text": "tekst",
    "date": "datum, 2026-09-30",
    "month": "jaar en maand, 2026-09",
    "datetime": "dag en tijd, 2026-10-08T14:30:00+02:00",
    "integer": "geheel getal",
    "list": "waarden gescheiden door |",
}


def form_of(field: Field) -> str:
    """How a value is written."""
    if field.precision:
        return f"getal, ten hoogste {field.precision[1]} cijfers na de komma"
    if field.codes:
        return "codes gescheiden door |" if field.type == "list" else "code"
    return _FORMS[field.type]


def senders_of(contract: Contract) -> str:
    return listed(PARTIES[kind] for kind in PARTIES if kind in contract.senders)


def cadence_of(contract: Contract) -> str:
    often = {1: "elke maand", 3: "elk kwartaal", 6: "elk half jaar", 12: "elk jaar"}
    return (
        f"{often[contract.months_between]}, binnen {contract.days_to_deliver} dagen na de peildatum"
    )


def condition_of(condition: Condition) -> str:
    """When a rule holds: `alleen als status LEE of UIT is`; empty when it always does."""
    parts = []
    for column, wanted in condition.items():
        match wanted:
            case "gevuld" | "leeg":
                parts.append(f"{column} {wanted} is")
            case LaterThan(other):
                parts.append(f"{column} later is dan {other}")
            case codes:
                parts.append(f"{column} {listed(codes, 'of')} is")
    return f"alleen als {' en '.join(parts)}" if parts else ""


def listed(words: object, last: str = "en") -> str:
    """`a, b en c`."""
    found = [str(word) for word in words]  # type: ignore[attr-defined]
    return f" {last} ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
