"""The page of each entity for who delivers it, and the overview of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingestion.contract import Contract, Field, Rule, manifest_fields
from ingestion.rendering.words import (
    PRESENCE,
    SEVERITY,
    cadence_of,
    condition_of,
    form_of,
    senders_of,
)

FOLDER = "docs/leveren"
OVERVIEW = "overzicht.md"
_FEW = 4
_MADE = "<!-- gemaakt uit ingestion/contracts/{}; verander het daar -->"


def page_files(contracts: Sequence[Contract]) -> dict[str, str]:
    """Path below the root and text of every page."""
    pages = {f"{FOLDER}/{contract.entity}.md": _page(contract) for contract in contracts}
    return {**pages, f"{FOLDER}/{OVERVIEW}": _overview(contracts)}


def _overview(contracts: Iterable[Contract]) -> str:
    rows = [
        (
            f"[{contract.title}]({contract.entity}.md)",
            contract.description,
            senders_of(contract),
            cadence_of(contract),
            "ja" if contract.may_be_partial else "nee",
        )
        for contract in contracts
    ]
    letter = [
        (f"`{field.name}`", _sentence(field), PRESENCE[field.presence], _form(field))
        for field in manifest_fields()
    ]
    return _text(
        _MADE.format("*.odcs.yaml"),
        "# Wat u levert",
        "Elke soort gegevens heeft een eigen werkblad of bestand. `DEEL` zegt of een aanvulling "
        "mag; anders levert u alles.",
        _table(("Gegevens", "Waarvoor", "Wie", "Wanneer", "DEEL mag"), rows),
        "## De begeleidende gegevens",
        "Elke levering heeft deze velden: in het werkblad `levering`, of in `manifest.json`.",
        _table(("Veld", "Betekenis", "Verplicht", "Vorm"), letter),
        _codes(manifest_fields()),
    )


def _page(contract: Contract) -> str:
    return _text(
        _MADE.format(f"{contract.entity}.odcs.yaml"),
        f"# {contract.title}",
        contract.description,
        _table(
            ("", ""),
            [
                ("Wie levert", senders_of(contract)),
                ("Wanneer", cadence_of(contract)),
                ("Rijen", contract.grain),
                ("Uniek op", ", ".join(f"`{name}`" for name in contract.key)),
                (
                    "Aanvulling (DEEL)",
                    f"{'mag' if contract.may_be_partial else 'mag niet'}. "
                    f"{contract.why_partial_or_not}",
                ),
                ("Contractversie", contract.version),
            ],
        ),
        "## Hoe u levert",
        contract.usage,
        contract.limitations,
        _tolerance(contract),
        "## Kolommen",
        "Verplicht: `soms` betekent dat het van andere kolommen afhangt; zie Controles.",
        _table(
            ("Kolom", "Betekenis", "Verplicht", "Vorm", "VERA", "Privacy", "Voor"),
            [
                (
                    f"`{field.name}`",
                    _sentence(field),
                    PRESENCE[field.presence] + (" (kolom mag weg)" if field.may_be_absent else ""),
                    _form(field),
                    field.vera,
                    field.privacy,
                    field.used_for,
                )
                for field in contract.fields
            ],
        ),
        _forbidden(contract.fields),
        _codes(contract.fields),
        "## Controles",
        "Van elke kolom controleren wij of zij is ingevuld als dat moet, haar vorm en haar codes. "
        "Daarnaast:",
        _table(
            ("Kolom", "Wat wij controleren", "Wanneer", "Gevolg", "Herstel"),
            [_rule(rule) for rule in contract.rules if not _is_told_by_its_column(rule)],
        ),
        "## Voorbeeld",
        "Verzonnen rijen die aan alle regels voldoen.",
        _example(contract),
    )


def _is_short(field: Field) -> bool:
    return len(field.codes) <= _FEW and not field.validity


def _form(field: Field) -> str:
    """How a value is written, with its codes when they are few."""
    if field.codes and _is_short(field):
        codes = (f"`{code}` {label}" for code, label in field.codes.items())
        return f"{form_of(field)}: {', '.join(codes)}"
    return form_of(field)


def _sentence(field: Field) -> str:
    return f"{field.title}. {field.description}"


def _tolerance(contract: Contract) -> str:
    if not contract.tolerated_percent and not contract.tolerated_rows:
        return "Wordt er een rij afgekeurd, dan weigeren wij de hele levering."
    return (
        f"Worden meer dan {contract.tolerated_rows} rijen en meer dan "
        f"{contract.tolerated_percent:g}% van alle rijen afgekeurd, dan weigeren wij de hele "
        "levering."
    )


def _forbidden(fields: Iterable[Field]) -> str:
    return "\n".join(
        f"`{field.name}` mag nooit {code} zijn: dat {reason}"
        for field in fields
        for code, reason in field.forbidden_values.items()
    )


def _codes(fields: Iterable[Field]) -> str:
    parts = []
    for field in fields:
        if not field.codes or _is_short(field):
            continue
        rows = []
        for code, label in field.codes.items():
            first, last = field.validity.get(code, (None, None))
            days = " ".join(
                word
                for word in (f"vanaf {first}" if first else "", f"tot {last}" if last else "")
                if word
            )
            rows.append((f"`{code}`", label, days))
        parts += [f"### Codes van `{field.name}`", _table(("Code", "Betekenis", "Geldig"), rows)]
    return "\n\n".join(parts)


def _is_told_by_its_column(rule: Rule) -> bool:
    return rule.kind in ("type", "codes", "valid_code") or (
        rule.kind == "present" and not rule.when
    )


def _rule(rule: Rule) -> tuple[str, ...]:
    return (
        f"`{rule.column}`",
        rule.message,
        condition_of(rule.when) or "altijd",
        SEVERITY[rule.severity],
        rule.remedy,
    )


def _example(contract: Contract) -> str:
    used = [n for n in contract.columns if any(row.get(n) for row in contract.example_rows)]
    lines = [";".join(used)]
    lines += [";".join(row.get(name, "") for name in used) for row in contract.example_rows]
    return "\n".join(["```csv", *lines, "```"])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_line(heads), _line(["---"] * len(heads)), *(_line(row) for row in rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _text(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
