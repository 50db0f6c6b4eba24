"""Delivery contracts: ODCS v3 files read into the fields and rules that everything is made from.

The header check, the raw table, the expectation suite, the receipt's remedies, the template, the
page of documentation and the staging model all come from here, so that a rule is written once, in
`ingestion/contracts/<entity>.odcs.yaml`. What holds for every entity is in
`contracts/_gemeenschappelijk.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    EnumValue,
    OpenDataContractStandard,
    SchemaProperty,
)

CONTRACTS = Path(__file__).parent / "contracts"
MANIFEST = "manifest"
_SHARED = "_gemeenschappelijk.yaml"
LIST_SEPARATOR = "|"

FieldType = Literal["text", "date", "month", "datetime", "integer", "number", "list"]
PartyKind = Literal["CORPORATIE", "GEMEENTE", "HUURDERSORGANISATIE"]
Severity = Literal["blocks", "warns"]
Kind = Literal[
    "present",
    "absent",
    "type",
    "codes",
    "pattern",
    "not_pattern",
    "between",
    "a_not_before_b",
    "equal",
    "sum_equals",
    "unique",
    "known_area",
    "valid_code",
]


@dataclass(frozen=True)
class LaterThan:
    """A condition on two dates: true of rows where both are there and this one is later."""

    column: str


Wanted = tuple[str, ...] | Literal["gevuld", "leeg"] | LaterThan
Condition = Mapping[str, Wanted]

_CONTEXT = ("_afzender", "_peildatum", "_peiljaar_plus_1")
_MONTH_FORMAT = "yyyy-MM"
_TYPES: dict[str, FieldType] = {
    "string": "text",
    "date": "date",
    "timestamp": "datetime",
    "integer": "integer",
    "number": "number",
    "array": "list",
}
_FORMS: dict[FieldType, str] = {
    "date": r"^(?:18|19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$",
    "month": r"^(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])$",
    "integer": r"^-?[0-9]{1,9}$",
}
_TYPE_REMEDIES = {
    "date": ("is een bestaande datum", "Schrijf de datum als 2026-09-30."),
    "month": ("is een jaar en een maand", "Schrijf de maand als 2026-09, zonder dag."),
    "integer": ("is een geheel getal", "Vul een getal in zonder punt, komma of letters."),
    "number": (
        "is een getal",
        "Vul een getal in, met komma of punt, zonder euroteken en zonder duizendpunt.",
    ),
}
_IMPLEMENTED: dict[str, Kind] = {
    "expect_column_values_to_be_between": "between",
    "expect_column_values_to_be_null": "absent",
    "expect_column_values_to_not_match_regex": "not_pattern",
    "expect_column_pair_values_a_to_be_greater_than_b": "a_not_before_b",
    "expect_column_pair_values_to_be_equal": "equal",
    "sum_equals": "sum_equals",
}


class ContractError(ValueError):
    """A contract file that can't be turned into fields and rules; the message names the spot."""


@dataclass(frozen=True)
class Field:
    """One column of a delivery. `codes` maps each allowed code to its Dutch meaning.

    `validity` has the first and last day on which a code could be used, where that is limited.
    `code_list` is the VERA list that codes come from; `vera_codes` gives list and code of each.
    `forbidden_values` are values that make a delivery one with personal data, with the reason.
    `precision` is digits in all and after the comma, of numbers only. `is_area`: a code of CBS.
    `staging_name` and `staging_type` are the column in the warehouse, where it isn't the usual one.
    """

    name: str
    title: str
    description: str
    type: FieldType
    presence: Literal["ja", "voorwaardelijk", "nee"]
    codes: Mapping[str, str]
    validity: Mapping[str, tuple[date | None, date | None]]
    code_list: str
    vera_codes: Mapping[str, tuple[str, str]]
    privacy: str
    vera: str
    used_for: str
    examples: tuple[str, ...]
    precision: tuple[int, int] | None
    is_free_text: bool
    is_area: bool
    forbidden_values: Mapping[str, str]
    may_be_absent: bool
    staging_name: str
    staging_type: str | None

    @property
    def form(self) -> str | None:
        """The pattern of its text, for types that are more than text."""
        if self.precision:
            digits = self.precision[0] - self.precision[1]
            return rf"^-?[0-9]{{1,{digits}}}(?:[.,][0-9]{{1,6}})?$"
        return _FORMS.get(self.type)


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
    """A delivery entity: its columns in order, its rules, who may send it, what is tolerated.

    `senders` are kinds of party. `sender_column` holds the code of who delivers, and
    `peildatum_column` the manifest's peildatum, where an entity has one. `may_be_partial`: a DEEL
    adds to what is there. `example_rows` are invented and break no rule; empty cells are left out.
    `deviation_percent` is the change in rows since the last delivery that asks for a word.
    """

    entity: str
    title: str
    description: str
    usage: str
    limitations: str
    grain: str
    version: str
    table: str
    staging_model: str
    senders: frozenset[str]
    sender_column: str | None
    peildatum_column: str | None
    may_be_partial: bool
    why_partial_or_not: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    forbidden_columns: tuple[str, ...]
    tolerated_percent: float
    tolerated_rows: int
    deviation_percent: float | None
    months_between: int
    days_to_deliver: int
    example_rows: tuple[Mapping[str, str], ...]

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
    document = _document(path)
    if not document.schema_ or not document.schema_[0].properties or not document.description:
        raise ContractError(f"{path.name}: no description, or no schema with properties")
    table = document.schema_[0]
    custom = _custom(document.customProperties)
    why = {p.property: p.description for p in document.customProperties or []}
    sla = {p.property: int(str(p.value)) for p in document.slaProperties or []}
    properties = table.properties or []
    fields = tuple(_field(p) for p in properties)
    sender, peildatum = custom.get("afzenderKolom"), custom.get("peildatumKolom")
    rules = [rule for p in properties for rule in _field_rules(p)]
    rules += _manifest_rules(sender, peildatum)
    rules += [_rule(quality, None, table.name or entity) for quality in table.quality or []]
    _check_rules(path.name, fields, rules)
    keyed = sorted((p for p in properties if p.primaryKey), key=lambda p: p.primaryKeyPosition or 0)
    contract = Contract(
        entity=table.name or entity,
        title=table.businessName or entity,
        description=document.description.purpose or "",
        usage=document.description.usage or "",
        limitations=document.description.limitations or "",
        grain=table.dataGranularityDescription or "",
        version=document.version or "",
        table=table.physicalName or f"levering_{entity}",
        staging_model=f"stg_levering__{custom['stagingModel']}",
        senders=frozenset(custom["afzenders"]),
        sender_column=sender,
        peildatum_column=peildatum,
        may_be_partial=bool(custom["deelbaar"]),
        why_partial_or_not=why.get("deelbaar") or "",
        key=tuple(p.name or "" for p in keyed),
        fields=fields,
        rules=tuple(rules),
        forbidden_columns=(
            *yaml.safe_load((folder / _SHARED).read_text("utf-8"))["verbodenKolommen"],
            *custom.get("verbodenKolommen", ()),
        ),
        tolerated_percent=float(custom["afkeurToegestaanProcent"]),
        tolerated_rows=int(custom["afkeurToegestaanRijen"]),
        deviation_percent=(
            float(custom["afwijkingAantalProcent"]) if "afwijkingAantalProcent" in custom else None
        ),
        months_between=sla["frequency"],
        days_to_deliver=sla["latency"],
        example_rows=tuple(custom["voorbeeldrijen"]),
    )
    _check_examples(path.name, contract)
    return contract


def entities(folder: Path = CONTRACTS) -> list[str]:
    """Entities that have a contract; the manifest has one too, and is no entity."""
    named = {path.name.removesuffix(".odcs.yaml") for path in folder.glob("*.odcs.yaml")}
    return sorted(named - {MANIFEST})


@cache
def manifest_fields() -> tuple[Field, ...]:
    """The fields of the covering letter, as they are documented."""
    document = _document(CONTRACTS / f"{MANIFEST}.odcs.yaml")
    return tuple(_field(p) for schema in document.schema_ or [] for p in schema.properties or [])


def _check_rules(name: str, fields: Iterable[Field], rules: Iterable[Rule]) -> None:
    ids = [rule.rule_id for rule in rules]
    if doubles := {i for i in ids if ids.count(i) > 1}:
        raise ContractError(f"{name}: rule ids used twice: {sorted(doubles)}")
    known = {field.name for field in fields} | set(_CONTEXT)
    for rule in rules:
        compared = {w.column for w in rule.when.values() if isinstance(w, LaterThan)}
        if strange := (set(rule.columns) | set(rule.when) | compared) - known:
            raise ContractError(f"{name}: {rule.rule_id} names {sorted(strange)}")


def _check_examples(name: str, contract: Contract) -> None:
    for row in contract.example_rows:
        if strange := set(row) - set(contract.columns):
            raise ContractError(f"{name}: an example row names {sorted(strange)}")
        if bare := [column for column, value in row.items() if not isinstance(value, str)]:
            raise ContractError(f"{name}: example values must be quoted text: {sorted(bare)}")


def _document(path: Path) -> OpenDataContractStandard:
    # every process reads all contracts, and the standard's own reader takes four times as long
    content = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    return OpenDataContractStandard(**content)


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


def _vera_codes(p: SchemaProperty, code_list: str) -> dict[str, tuple[str, str]]:
    """List and code in the VERA reference data of every code that isn't our own."""
    found = {}
    for entry in _enum(p):
        custom = _custom(entry.customProperties)
        if "veraCode" in custom:
            kind, code = str(custom["veraCode"]).split(".")
            found[str(entry.value)] = (kind, code)
        elif code_list and not custom.get("eigen"):
            found[str(entry.value)] = (code_list, str(entry.value))
    return found


def _type(p: SchemaProperty) -> FieldType:
    if p.logicalType not in _TYPES:
        raise ContractError(f"{p.name}: logicalType {p.logicalType!r} is not supported")
    is_month = (p.logicalTypeOptions or {}).get("format") == _MONTH_FORMAT
    return "month" if p.logicalType == "date" and is_month else _TYPES[p.logicalType]


def _precision(name: str, type_: FieldType, written: str | None) -> tuple[int, int] | None:
    if type_ != "number":
        return None
    found = re.fullmatch(r"numeric\((\d+),(\d+)\)", written or "")
    if not found:
        raise ContractError(f"{name}: a number needs `getal` such as numeric(10,2)")
    return int(found[1]), int(found[2])


def _field(p: SchemaProperty) -> Field:
    custom = _custom(p.customProperties)
    name, type_ = p.name or "", _type(p)
    presence = custom["verplicht"]
    if (presence == "ja") != bool(p.required):
        raise ContractError(f"{name}: `required` and `verplicht` disagree")
    code_list = custom.get("codelijst") or ""
    staging = custom.get("staging") or {}
    return Field(
        name=name,
        title=p.businessName or "",
        description=p.description or "",
        type=type_,
        presence=presence,
        codes=_codes(p),
        validity=_validity(p),
        code_list=code_list,
        vera_codes=_vera_codes(p, code_list),
        privacy=p.classification or "",
        vera=custom.get("vera") or "",
        used_for=custom.get("gebruiktVoor") or "",
        examples=tuple(str(example) for example in p.examples or ()),
        precision=_precision(name, type_, custom.get("getal")),
        is_free_text=bool(custom.get("vrijeTekst")),
        is_area=bool(custom.get("gebied")),
        forbidden_values=custom.get("verbodenWaarden") or {},
        may_be_absent=bool(custom.get("kolomMagOntbreken")),
        staging_name=staging.get("kolom") or name,
        staging_type=staging.get("type"),
    )


def _manifest_rules(sender: str | None, peildatum: str | None) -> list[Rule]:
    """What a row says of sender and peildatum is what the manifest says."""
    rules = []
    if sender:
        rules.append(
            Rule(
                f"{sender}-afzender",
                "equal",
                sender,
                (sender, "_afzender"),
                "blocks",
                "De partij in de rij is de afzender van de levering.",
                f"Lever alleen eigen gegevens: {sender} is gelijk aan afzender_code in het "
                "manifest.",
                {},
                {"ignore_row_if": "either_value_is_missing"},
            )
        )
    if peildatum:
        rules.append(
            Rule(
                f"{peildatum}-manifest",
                "equal",
                peildatum,
                (peildatum, "_peildatum"),
                "blocks",
                "De peildatum in de rij is de peildatum van de levering.",
                "Neem de peildatum van het manifest in elke rij over.",
                {},
                {"ignore_row_if": "either_value_is_missing"},
            )
        )
    return rules


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
    if field.is_area:
        rules.append(
            Rule(
                f"{field.name}-bekend",
                "known_area",
                field.name,
                (field.name,),
                "warns",
                f"{field.title} is een gebied dat CBS kent.",
                "Controleer de code bij CBS; een wijk of buurt krijgt soms een nieuwe.",
                {},
                {},
            )
        )
    rules += [_rule(quality, field.name, field.name) for quality in p.quality or []]
    return rules


def _allowed(field: Field) -> str:
    shown = list(field.codes.items())
    listed = ", ".join(f"{code} ({label})" for code, label in shown[:12])
    return f"Toegestaan: {listed}{' en meer, zie het contract' if len(shown) > 12 else ''}."


def _condition(value: object) -> Wanted:
    match value:
        case "gevuld" | "leeg":
            return value
        case [*codes]:
            return tuple(str(code) for code in codes)
        case {"laterDan": str(column)}:
            return LaterThan(column)
    raise ContractError(f"alleenAls: {value!r} is not a list of codes, gevuld, leeg or laterDan")


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
        if name not in _IMPLEMENTED:
            raise ContractError(f"{where}: {quality.id}: expectation {name!r} is not supported")
        kind = _IMPLEMENTED[name]
        names = [kwargs.pop(key) for key in ("column", "column_A", "column_B") if key in kwargs]
        columns = (*names, *kwargs.pop("column_list", ()))
        params = kwargs
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
