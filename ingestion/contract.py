"""Delivery contracts: ODCS v3 files read into the fields and rules that everything is made from.

The header check, the raw table, the expectation suite and the receipt's remedies all come from
here, so a rule is written once, in `ingestion/contracts/<entity>.odcs.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    EnumValue,
    OpenDataContractStandard,
    SchemaProperty,
)

CONTRACTS = Path(__file__).parent / "contracts"
LIST_SEPARATOR = "|"
DATE_PATTERN = r"^(?:18|19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
INTEGER_PATTERN = r"^-?[0-9]{1,9}$"
NUMBER_PATTERN = r"^-?[0-9]{1,9}(?:[.,][0-9]{1,6})?$"

FieldType = Literal["text", "date", "integer", "number", "list"]
Severity = Literal["blocks", "warns"]
Kind = Literal[
    "present",
    "type",
    "codes",
    "pattern",
    "not_pattern",
    "between",
    "a_not_before_b",
    "equal",
    "unique",
    "known_area",
    "valid_code",
]
Condition = Mapping[str, tuple[str, ...] | Literal["gevuld", "leeg"]]

_TYPES: dict[str, FieldType] = {
    "string": "text",
    "date": "date",
    "integer": "integer",
    "number": "number",
    "array": "list",
}
_TYPE_REMEDIES = {
    "date": ("is een bestaande datum", "Schrijf de datum als 2026-09-30."),
    "integer": ("is een geheel getal", "Vul een getal in zonder punt, komma of letters."),
    "number": (
        "is een getal",
        "Vul een getal in, met komma of punt, zonder euroteken en zonder duizendpunt.",
    ),
}
_GX_KINDS: dict[str, Kind] = {
    "expect_column_values_to_be_between": "between",
    "expect_column_values_to_not_match_regex": "not_pattern",
    "expect_column_pair_values_a_to_be_greater_than_b": "a_not_before_b",
    "expect_column_pair_values_to_be_equal": "equal",
}


class ContractError(ValueError):
    """A contract file that can't be turned into fields and rules; the message names the spot."""


@dataclass(frozen=True)
class Field:
    """One column of a delivery. `codes` maps each allowed code to its Dutch meaning.

    `validity` has the first and last day on which a code could be used, where that is limited.
    """

    name: str
    title: str
    description: str
    type: FieldType
    presence: Literal["ja", "voorwaardelijk", "nee"]
    codes: Mapping[str, str]
    validity: Mapping[str, tuple[date | None, date | None]]
    privacy: str
    vera: str
    may_be_absent: bool


@dataclass(frozen=True)
class Rule:
    """One assertion about rows: what must hold, when, how bad it is, and how to mend it (Dutch).

    `columns` in the order the assertion reads them; `column` is the one a receipt points at.
    """

    rule_id: str
    kind: Kind
    column: str
    columns: tuple[str, ...]
    severity: Severity
    message: str
    remedy: str
    when: Condition
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Contract:
    """A delivery entity: its columns in order, its rules, and what is tolerated."""

    entity: str
    version: str
    table: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    forbidden_columns: tuple[str, ...]
    tolerated_percent: float
    tolerated_rows: int
    deviation_percent: float
    days_to_deliver: int

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    def personal_columns(self, header: Iterable[str]) -> list[str]:
        """Names in a header that point at personal data, whatever else the file holds."""
        own = set(self.columns)
        patterns = [re.compile(pattern) for pattern in self.forbidden_columns]
        return [
            name
            for name in header
            if (plain := _plain(name)) not in own and any(p.search(plain) for p in patterns)
        ]

    def header_faults(self, header: Iterable[str]) -> list[str]:
        """What is wrong with a header, in Dutch, each with its remedy; empty when it fits."""
        names = [name.strip() for name in header]
        known = set(self.columns)
        missing = [
            f.name
            for f in self.fields
            if f.name not in names and f.presence != "nee" and not f.may_be_absent
        ]
        unknown = [name for name in names if name not in known]
        double = sorted({name for name in names if names.count(name) > 1})
        faults = []
        if missing:
            faults.append(
                f"Deze kolommen ontbreken: {', '.join(missing)}. "
                "Voeg ze toe; is een gegeven er niet, laat de cellen leeg of gebruik de code ONB."
            )
        if unknown:
            faults.append(
                f"Deze kolommen kennen wij niet: {', '.join(repr(n) for n in unknown)}. "
                "Gebruik precies de namen uit het contract, of laat de kolom weg."
            )
        if double:
            faults.append(
                f"Deze kolommen staan er meer dan één keer in: {', '.join(double)}. "
                "Laat er één staan."
            )
        return faults

    def tolerated(self, rows: int) -> int:
        """How many rejected rows a delivery of `rows` rows may have."""
        return max(self.tolerated_rows, int(rows * self.tolerated_percent / 100))


@cache
def load_contract(entity: str, folder: Path = CONTRACTS) -> Contract:
    """Read and check the contract of an entity; raises ContractError with the offending name."""
    path = folder / f"{entity}.odcs.yaml"
    document = OpenDataContractStandard.from_file(str(path))
    if not document.schema_ or not document.schema_[0].properties:
        raise ContractError(f"{path.name}: no schema with properties")
    table = document.schema_[0]
    custom = _custom(document.customProperties)
    sla = {p.property: p.value for p in document.slaProperties or []}
    properties = table.properties or []
    fields = tuple(_field(p) for p in properties)
    rules = [rule for p in properties for rule in _field_rules(p)]
    rules += [_rule(quality, None, table.name or entity) for quality in table.quality or []]
    ids = [rule.rule_id for rule in rules]
    if doubles := {i for i in ids if ids.count(i) > 1}:
        raise ContractError(f"{path.name}: rule ids used twice: {sorted(doubles)}")
    known = {f.name for f in fields} | {"_afzender", "_peildatum", "_peiljaar_plus_1"}
    for rule in rules:
        if strange := (set(rule.columns) | set(rule.when)) - known:
            raise ContractError(f"{path.name}: {rule.rule_id} names {sorted(strange)}")
    keyed = sorted((p for p in properties if p.primaryKey), key=lambda p: p.primaryKeyPosition or 0)
    return Contract(
        entity=table.name or entity,
        version=document.version or "",
        table=table.physicalName or f"levering_{entity}",
        key=tuple(p.name or "" for p in keyed),
        fields=fields,
        rules=tuple(rules),
        forbidden_columns=tuple(custom["verbodenKolommen"]),
        tolerated_percent=float(custom["afkeurToegestaanProcent"]),
        tolerated_rows=int(custom["afkeurToegestaanRijen"]),
        deviation_percent=float(custom["afwijkingAantalProcent"]),
        days_to_deliver=int(str(sla["latency"])),
    )


def entities(folder: Path = CONTRACTS) -> list[str]:
    """Entities that have a contract."""
    return sorted(path.name.removesuffix(".odcs.yaml") for path in folder.glob("*.odcs.yaml"))


def _plain(name: str) -> str:
    """`E-mail adres` and `EMAIL_ADRES` are the same column to whoever looks for personal data."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower())


def _custom(properties: list[CustomProperty] | None) -> dict[str, Any]:
    return {p.property or "": p.value for p in properties or []}


def _enum(p: SchemaProperty) -> list[EnumValue]:
    return p.enum or (p.items.enum if p.items else None) or []


def _validity(p: SchemaProperty) -> dict[str, tuple[date | None, date | None]]:
    limited = {}
    for entry in _enum(p):
        custom = _custom(entry.customProperties)
        first, last = (
            date.fromisoformat(custom[key]) if key in custom else None
            for key in ("geldigVan", "geldigTot")
        )
        if first or last:
            limited[str(entry.value)] = (first, last)
    return limited


def _codes(p: SchemaProperty) -> dict[str, str]:
    values = _enum(p)
    for entry in values:
        if not isinstance(entry.value, str):
            raise ContractError(f"{p.name}: code {entry.value!r} must be quoted text")
    return {str(entry.value): entry.label or "" for entry in values}


def _field(p: SchemaProperty) -> Field:
    custom = _custom(p.customProperties)
    if p.logicalType not in _TYPES:
        raise ContractError(f"{p.name}: logicalType {p.logicalType!r} is not supported")
    presence = custom["verplicht"]
    if (presence == "ja") != bool(p.required):
        raise ContractError(f"{p.name}: `required` and `verplicht` disagree")
    return Field(
        name=p.name or "",
        title=p.businessName or "",
        description=p.description or "",
        type=_TYPES[p.logicalType],
        presence=presence,
        codes=_codes(p),
        validity=_validity(p),
        privacy=p.classification or "",
        vera=custom.get("vera") or "",
        may_be_absent=bool(custom.get("kolomMagOntbreken")),
    )


def _field_rules(p: SchemaProperty) -> list[Rule]:
    """Rules that follow from a field's own definition, then those written out beside it."""
    field, custom = _field(p), _custom(p.customProperties)
    # an unreadable value spoils a figure only where the contract asks for the field
    severity: Severity = "warns" if field.presence == "nee" else "blocks"
    if custom.get("ernst") == "error":
        severity = "blocks"
    rules = []
    if field.presence == "ja":
        rules.append(
            Rule(
                f"{field.name}-verplicht",
                "present",
                field.name,
                (field.name,),
                "blocks",
                f"{field.title} is verplicht.",
                _allowed(field) if field.codes else f"Vul {field.name} in.",
                {},
                {},
            )
        )
    if field.type in _TYPE_REMEDIES:
        what, remedy = _TYPE_REMEDIES[field.type]
        rules.append(
            Rule(
                f"{field.name}-type",
                "type",
                field.name,
                (field.name,),
                severity,
                f"{field.title} {what}.",
                remedy,
                {},
                {},
            )
        )
    if field.codes:
        remedy = f"{custom.get('herstel', '')} {_allowed(field)}".strip()
        message = f"{field.title} is een code uit de lijst."
        if field.type == "list":
            one = "(?:" + "|".join(re.escape(code) for code in field.codes) + ")"
            pattern = rf"^{one}(?:\|{one})*$"
            params: dict[str, Any] = {"regex": pattern}
            kind: Kind = "pattern"
        else:
            params, kind = {"value_set": list(field.codes)}, "codes"
        rules.append(
            Rule(
                f"{field.name}-code",
                kind,
                field.name,
                (field.name,),
                severity,
                message,
                remedy,
                {},
                params,
            )
        )
    if field.validity and field.type == "text":
        rules.append(
            Rule(
                f"{field.name}-code-geldig",
                "valid_code",
                field.name,
                (field.name,),
                "warns",
                f"{field.title} is een code die op de peildatum bestond.",
                "Gebruik de code die VERA op de peildatum kende.",
                {},
                {"validity": field.validity},
            )
        )
    rules += [_rule(quality, field.name, field.name) for quality in p.quality or []]
    return rules


def _allowed(field: Field) -> str:
    shown = list(field.codes.items())
    listed = ", ".join(f"{code} ({label})" for code, label in shown[:12])
    return f"Toegestaan: {listed}{' en meer, zie het contract' if len(shown) > 12 else ''}."


def _condition(value: object) -> tuple[str, ...] | Literal["gevuld", "leeg"]:
    if value == "gevuld" or value == "leeg":
        return value  # type: ignore[return-value]
    if isinstance(value, list):
        return tuple(str(code) for code in value)
    raise ContractError(f"alleenAls: {value!r} is not a list of codes, gevuld or leeg")


def _rule(quality: DataQuality, column: str | None, where: str) -> Rule:
    custom = _custom(quality.customProperties)
    kind: Kind
    params: dict[str, Any] = {}
    if quality.metric == "missingValues" and column:
        kind, columns = "present", (column,)
    elif quality.metric == "invalidValues" and column:
        kind, columns = "pattern", (column,)
        params = {"regex": (quality.arguments or {})["pattern"]}
    elif quality.metric == "duplicateValues":
        kind, columns = "unique", tuple((quality.arguments or {})["properties"])
    elif isinstance(quality.implementation, dict):
        kwargs = dict(quality.implementation.get("kwargs", {}))
        name = quality.implementation.get("type", "")
        if name not in _GX_KINDS:
            raise ContractError(f"{where}: {quality.id}: expectation {name!r} is not supported")
        kind = _GX_KINDS[name]
        names = [kwargs.pop(key) for key in ("column", "column_A", "column_B") if key in kwargs]
        params = kwargs
        columns = tuple(names)
    else:
        raise ContractError(f"{where}: {quality.id} is neither a known metric nor an expectation")
    return Rule(
        rule_id=quality.id or "",
        kind=kind,
        column=column or columns[0],
        columns=columns,
        severity="blocks" if quality.severity == "error" else "warns",
        message=quality.description or "",
        remedy=custom["herstel"],
        when={name: _condition(value) for name, value in (custom.get("alleenAls") or {}).items()},
        params=params,
    )
