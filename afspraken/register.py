"""The register: a municipality's parties, areas, commitments and targets, as files.

    python -m afspraken.register [--correct REASON]

A version that was loaded once is kept as it was: a new text or target is a new version, so that an
earlier assessment never changes because an agreement did. A real slip of the pen is mended with
`--correct`, which records what it said before, and why it was changed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import Field, model_validator

from afspraken.catalogue import Indicator, read_catalogue
from afspraken.db import connect
from afspraken.settings import Settings
from afspraken.yamlfiles import FileError, Strict, parse, read

Text = Annotated[str, Field(min_length=1)]
PartyCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,15}$")]
IndicatorCode = Annotated[str, Field(pattern=r"^(K\d{2}[a-z]?|CBS-[A-Z]+)$")]
Herkomst = Literal["AFSPRAAK", "WET", "VOORBEELD"]


class Gemeente(Strict):
    code: Annotated[str, Field(pattern=r"^GM\d{4}$")]
    naam: Text


class Partij(Strict):
    """Who takes part: a corporation, the municipality, a tenants' organisation, another."""

    code: PartyCode
    naam: Text
    soort: Literal["CORPORATIE", "GEMEENTE", "HUURDERSORGANISATIE", "OVERIG"]
    l_nummer: Annotated[str, Field(pattern=r"^L\d{4}$")] | None = None
    # where receipts of this party's deliveries are mailed to; a mailbox of a role, not of a person
    postvak: Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")] | None = None
    actief_van: date | None = None
    actief_tot: date | None = None
    bron: Text
    geverifieerd: bool = False


class Aandachtsgebied(Strict):
    """A named list of wijken, for as long as it holds."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z_]+$")]
    naam: Text
    wijken: Annotated[
        tuple[Annotated[str, Field(pattern=r"^WK\d{4}\w{2}$")], ...], Field(min_length=1)
    ]
    geldig_van: date
    geldig_tot: date | None = None


class Kader(Strict):
    """An agreement above the municipality's own, that commitments carry out."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]+$")]
    titel: Text
    niveau: Literal["MEERJAREN", "REGIO", "NATIONAAL"]
    geldig_van: date | None = None
    geldig_tot: date | None = None
    bron: Text
    geverifieerd: bool = False


class Municipality(Strict):
    """`municipality.yml`: who, where, and which limits count as those of the agreement's day."""

    gemeente: Gemeente
    postcodes: tuple[Annotated[str, Field(pattern=r"^\d{4}(-\d{4})?$")], ...] = ()
    voorbeeld: bool
    norm_peildatum: date
    themas: Annotated[tuple[Text, ...], Field(min_length=1)]
    partijen: Annotated[tuple[Partij, ...], Field(min_length=1)]
    aandachtsgebieden: tuple[Aandachtsgebied, ...] = ()
    kaders: tuple[Kader, ...] = ()


class Rollen(Strict):
    """Who leads, who carries out, who is involved; a kind of party stands for all of them."""

    TREKKER: tuple[Text, ...]
    UITVOERDER: tuple[Text, ...] = ()
    BETROKKEN: tuple[Text, ...] = ()


class Tekst(Strict):
    """One version of what was agreed, in force from its day on."""

    geldig_van: date
    tekst: Text
    bron: Text
    besluit: Text | None = None
    ondertekend_op: date | None = None


class Tolerantie(Strict):
    """How far behind is still on course, and from where it is behind.

    `per` says of what: percent of the distance from start to target, or the indicator's own unit
    (days for a milestone). `minimum` is a floor in that unit.
    """

    aandacht: Annotated[Decimal, Field(ge=0)]
    achter: Annotated[Decimal, Field(ge=0)]
    per: Literal["procent van de afstand", "eenheid"]
    minimum: Annotated[Decimal, Field(ge=0)] = Decimal(0)

    @model_validator(mode="after")
    def _behind_is_further_than_attention(self) -> Tolerantie:
        if self.achter < self.aandacht:
            raise ValueError(
                f"achter ({self.achter}) is nearer than aandacht ({self.aandacht}). "
                f"Remedy: exchange them"
            )
        return self


class Stap(Strict):
    datum: date
    waarde: Decimal


class Waarde(Strict):
    """A target's value for one scope: the municipality, a corporation, an area, or both."""

    corporatie: PartyCode | None = None
    gebied: Text | None = None
    start: Decimal | None = None
    doel: Decimal
    stappen: tuple[Stap, ...] = ()


class Doel(Strict):
    """A target on one indicator, with a line for each scope it was agreed for."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9-]+$")]
    versie: Annotated[int, Field(ge=1)] = 1
    geldig_van: date
    titel: Text
    indicator: IndicatorCode
    onderdeel: Text
    hoofddoel: bool = False
    richting: Literal["omhoog", "omlaag"] | None = None
    pad: Literal["dagen", "stappen", "planning", "einddatum", "norm", "mijlpaal"]
    startdatum: date | None = None
    doeldatum: date | None = None
    tolerantie: Tolerantie
    minimaal_aantal: Annotated[int, Field(ge=1)] | None = None
    herkomst: Herkomst
    bron: Text
    vervallen: bool = False
    waarden: Annotated[tuple[Waarde, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _the_path_has_its_ends(self) -> Doel:
        if self.pad != "norm" and self.doeldatum is None:
            raise ValueError(f"pad {self.pad} needs a doeldatum. Remedy: add it")
        if self.pad == "dagen" and self.startdatum is None:
            raise ValueError("pad dagen needs a startdatum. Remedy: add it, or pad: einddatum")
        if self.startdatum and self.doeldatum and self.startdatum >= self.doeldatum:
            raise ValueError(
                f"startdatum {self.startdatum} is not before doeldatum {self.doeldatum}. "
                f"Remedy: exchange them"
            )
        if self.pad == "norm" and self.tolerantie.per != "eenheid":
            raise ValueError("a norm has no distance. Remedy: tolerantie per: eenheid")
        for waarde in self.waarden:
            if (self.pad in ("stappen", "planning")) != bool(waarde.stappen):
                raise ValueError(f"pad {self.pad} and stappen don't go together. Remedy: give both")
            dates = [stap.datum for stap in waarde.stappen]
            if dates != sorted(set(dates)):
                raise ValueError("stappen are not in order of date. Remedy: sort them")
        return self


class Afspraak(Strict):
    """One commitment, as written in `agreements/<year>/<nummer>.yml`."""

    nummer: Annotated[str, Field(pattern=r"^[A-Z]\d{2}$")]
    titel: Text
    thema: Text
    niveau: Literal["JAAR", "MEERJAREN", "REGIO", "NATIONAAL"]
    kader: Text | None = None
    soort: Literal["AANTAL", "PAD", "NORM", "MIJLPAAL", "INSPANNING"]
    partijen: Rollen
    hoofdindicator: IndicatorCode
    hoofdindicator_titel: Text | None = None
    herkomst: Herkomst
    geldig_tot: date | None = None
    vervallen_op: date | None = None
    versies: Annotated[tuple[Tekst, ...], Field(min_length=1)]
    doelen: tuple[Doel, ...] = ()


class Register(NamedTuple):
    """A municipality's folder, checked as a whole."""

    folder: str
    municipality: Municipality
    afspraken: tuple[tuple[str, Afspraak], ...]
    """Each with its id: year and number."""
    undivided: tuple[tuple[str, Decimal], ...]
    """Per target what the municipality's value asks beyond what the corporations took on."""


Row = dict[str, Any]
GROUPS = {
    "CORPORATIES": "CORPORATIE",
    "HUURDERSORGANISATIES": "HUURDERSORGANISATIE",
    "GEMEENTE": "GEMEENTE",
}


def read_register(folder: Path, indicators: Sequence[Indicator]) -> Register:
    """Read and check `municipality.yml` and `agreements/`.

    Args:
        folder: one folder of `municipalities/`.
        indicators: the catalogue that targets may be set on.

    Raises:
        FileError: every problem in every file, with file, key, value and remedy.
    """
    municipality_file = folder / "municipality.yml"
    municipality = parse(Municipality, read(municipality_file), str(municipality_file))
    problems = list(_municipality_problems(municipality, municipality_file))
    afspraken: list[tuple[str, Afspraak]] = []
    paths = sorted((folder / "agreements").glob("*/*.yml"))
    if not paths:
        problems.append(
            f"{folder / 'agreements'}: no agreement is there. Remedy: add <year>/C01.yml."
        )
    for path in paths:
        try:
            afspraak = parse(Afspraak, read(path), str(path))
        except FileError as error:
            problems += error.problems
            continue
        problems += _afspraak_problems(afspraak, municipality, indicators, path)
        afspraken.append((f"{path.parent.name}-{afspraak.nummer}", afspraak))
    codes = [(d.code, d.versie) for _, afspraak in afspraken for d in afspraak.doelen]
    problems += [
        f"{folder}: doel {code} version {version} is there twice. Remedy: give one another code."
        for code, version in sorted({pair for pair in codes if codes.count(pair) > 1})
    ]
    if problems:
        raise FileError(problems)
    summed = {indicator.code for indicator in indicators if indicator.oprol == "som"}
    targets = [d for _, afspraak in afspraken for d in afspraak.doelen if d.indicator in summed]
    rests = [(doel.code, undivided(doel)) for doel in targets]
    return Register(
        folder.name,
        municipality,
        tuple(afspraken),
        tuple((code, rest) for code, rest in rests if rest),
    )


def _municipality_problems(municipality: Municipality, path: Path) -> Iterator[str]:
    codes = [partij.code for partij in municipality.partijen]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"{path}: `partijen`: code {code!r} is there twice. Remedy: give one another code."
    if not any(partij.soort == "CORPORATIE" for partij in municipality.partijen):
        yield f"{path}: `partijen`: no corporation is there. Remedy: add soort: CORPORATIE."
    prefix = "WK" + municipality.gemeente.code[2:]
    for area in municipality.aandachtsgebieden:
        for wijk in area.wijken:
            if not wijk.startswith(prefix):
                yield (
                    f"{path}: `aandachtsgebieden.{area.code}.wijken`: {wijk!r} is not in "
                    f"{municipality.gemeente.naam}. Remedy: codes start with {prefix}."
                )


def _afspraak_problems(
    afspraak: Afspraak, municipality: Municipality, indicators: Sequence[Indicator], path: Path
) -> Iterator[str]:
    parties = {partij.code: partij for partij in municipality.partijen}
    if afspraak.nummer != path.stem:
        yield (
            f"{path}: `nummer` is {afspraak.nummer!r}, the file is {path.stem}. "
            f"Remedy: give both one name."
        )
    if afspraak.thema not in municipality.themas:
        yield (
            f"{path}: `thema` is {afspraak.thema!r}. "
            f"Remedy: one of {', '.join(municipality.themas)}."
        )
    frames = [kader.code for kader in municipality.kaders]
    if afspraak.kader is not None and afspraak.kader not in frames:
        yield f"{path}: `kader` is {afspraak.kader!r}. Remedy: one of {', '.join(frames)}."
    for role, named in afspraak.partijen:
        for code in named:
            if code not in parties and code not in GROUPS:
                yield (
                    f"{path}: `partijen.{role}`: {code!r} is no party. "
                    f"Remedy: a code of municipality.yml, or one of {', '.join(GROUPS)}."
                )
    starts = [tekst.geldig_van for tekst in afspraak.versies]
    if starts != sorted(set(starts)):
        yield f"{path}: `versies` are not in order of geldig_van. Remedy: oldest first."
    known = {indicator.code: indicator for indicator in indicators}
    if afspraak.hoofdindicator not in known and afspraak.hoofdindicator_titel is None:
        yield (
            f"{path}: `hoofdindicator` {afspraak.hoofdindicator!r} is not in the catalogue. "
            f"Remedy: correct it, or say in hoofdindicator_titel what it will be."
        )
    for doel in afspraak.doelen:
        yield from _doel_problems(doel, afspraak, municipality, known.get(doel.indicator), path)


def _doel_problems(
    doel: Doel,
    afspraak: Afspraak,
    municipality: Municipality,
    indicator: Indicator | None,
    path: Path,
) -> Iterator[str]:
    key = f"doelen.{doel.code}"
    if indicator is None:
        yield (
            f"{path}: `{key}.indicator` is {doel.indicator!r}, which is not in the catalogue. "
            f"Remedy: add dbt_project/indicators/{doel.indicator}.yml, or leave the target out."
        )
        return
    if doel.onderdeel not in indicator.onderdelen:
        yield (
            f"{path}: `{key}.onderdeel` is {doel.onderdeel!r}. "
            f"Remedy: one of {', '.join(indicator.onderdelen)}."
        )
    if indicator.richting == "context":
        yield (
            f"{path}: `{key}.indicator` {doel.indicator} is context and gets no status. "
            f"Remedy: agree on another indicator."
        )
    if doel.richting is None and indicator.richting not in ("omhoog", "omlaag"):
        yield f"{path}: `{key}.richting` is missing. Remedy: omhoog (at least) or omlaag (at most)."
    if doel.hoofddoel and doel.indicator != afspraak.hoofdindicator:
        yield (
            f"{path}: `{key}.hoofddoel` is on {doel.indicator}, the headline is "
            f"{afspraak.hoofdindicator}. Remedy: hoofddoel: false, or another hoofdindicator."
        )
    if municipality.voorbeeld and doel.herkomst == "AFSPRAAK":
        yield (
            f"{path}: `{key}.herkomst` is AFSPRAAK in an example municipality. "
            f"Remedy: VOORBEELD, or WET where a law says so."
        )
    corporations = [p.code for p in municipality.partijen if p.soort == "CORPORATIE"]
    areas = [area.code for area in municipality.aandachtsgebieden]
    for waarde in doel.waarden:
        if waarde.corporatie is not None and waarde.corporatie not in corporations:
            yield (
                f"{path}: `{key}.waarden`: {waarde.corporatie!r} is no corporation. "
                f"Remedy: one of {', '.join(corporations)}."
            )
        if (
            waarde.gebied is not None
            and waarde.gebied not in areas
            and waarde.gebied[:2]
            not in (
                "WK",
                "BU",
            )
        ):
            yield (
                f"{path}: `{key}.waarden`: {waarde.gebied!r} is no area. "
                f"Remedy: one of {', '.join(areas)}, or a code of CBS."
            )
    scopes = [(waarde.corporatie, waarde.gebied) for waarde in doel.waarden]
    if len(set(scopes)) < len(scopes):
        yield f"{path}: `{key}.waarden`: a scope is there twice. Remedy: keep one line of each."


def undivided(doel: Doel) -> Decimal | None:
    """What the municipality's target asks beyond what the corporations took on.

    None where there is nothing to compare: no line for the municipality, or none for corporations.
    """
    whole = [w.doel for w in doel.waarden if w.corporatie is None and w.gebied is None]
    parts = [w.doel for w in doel.waarden if w.corporatie is not None and w.gebied is None]
    return whole[0] - sum(parts) if whole and parts else None


def load(settings: Settings, *, correct: str | None = None) -> Register:
    """Read the municipality's folder and record it, all or nothing.

    Args:
        correct: the reason for changing a version that was recorded before.

    Raises:
        FileError: a file is wrong, or changes a recorded version.
    """
    catalogue = read_catalogue(settings.root / "dbt_project", settings.today())
    register = read_register(settings.municipality_dir, catalogue.indicators)
    directions = {indicator.code: indicator.richting for indicator in catalogue.indicators}
    with connect(settings, "transformer") as connection:
        record(connection, register, directions, now=settings.now(), correct=correct)
    return register


def record(
    connection: psycopg.Connection,
    register: Register,
    directions: Mapping[str, str],
    *,
    now: datetime,
    correct: str | None = None,
) -> None:
    """Write a register to `reference`, within the caller's transaction.

    Args:
        directions: the direction of every indicator, for targets that don't say their own.
        now: the moment a correction is recorded with.
        correct: the reason for changing a version that was recorded before.

    Raises:
        FileError: a recorded version would change or go missing, and `correct` is None.
    """
    commitments, targets = _commitment_rows(register), _target_rows(register, directions)
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute("select map from reference.gemeente")
        before = cursor.fetchone()
        if before is not None and before["map"] != register.folder:
            # another municipality's register is not an earlier version of this one
            for table in ("doel_stap", "doel", "afspraak_partij", "afspraak"):
                cursor.execute(f"delete from reference.{table}".encode())
        changed = [
            *_changed(cursor, "afspraak", "afspraak_id", commitments),
            *_changed(cursor, "doel", "doel_id", targets),
        ]
        if changed and correct is None:
            raise FileError([_refusal(*change) for change in changed])
        for kind, key, version, was, becomes in changed:
            cursor.execute(
                "insert into reference.register_correctie "
                "(soort, sleutel, versie, was, werd, reden, gecorrigeerd_op) "
                "values (%s, %s, %s, %s, %s, %s, %s)",
                [kind, key, version, Jsonb(was), Jsonb(becomes), correct, now],
            )
        tables = (
            "doel_stap", "doel", "afspraak_partij", "afspraak", "kader", "gebiedslijst", "partij",
            "gemeente",
        )  # fmt: skip
        for table in tables:
            cursor.execute(f"delete from reference.{table}".encode())
        _insert(cursor, "gemeente", [_gemeente_row(register)])
        _insert(cursor, "partij", list(_party_rows(register.municipality)))
        _insert(cursor, "gebiedslijst", list(_area_rows(register.municipality)))
        _insert(cursor, "kader", list(_frame_rows(register.municipality)))
        _insert(cursor, "afspraak", commitments)
        _insert(cursor, "afspraak_partij", list(_role_rows(register)))
        _insert(cursor, "doel", [{k: v for k, v in t.items() if k != "stappen"} for t in targets])
        _insert(
            cursor,
            "doel_stap",
            [
                {"doel_id": t["doel_id"], "versie": t["versie"], "datum": day, "waarde": value}
                for t in targets
                for day, value in t["stappen"]
            ],
        )


def _insert(cursor: psycopg.Cursor[Any], table: str, rows: Sequence[Row]) -> None:
    if rows:
        columns = list(rows[0])
        cursor.executemany(
            f"insert into reference.{table} ({', '.join(columns)}) "
            f"values ({', '.join(['%s'] * len(columns))})".encode(),
            [list(row.values()) for row in rows],
        )


# what an assessment or a reader of an old report goes by; other columns may be mended freely
FIXED = {
    "afspraak": ("tekst", "geldig_van"),
    "doel": (
        "indicator", "onderdeel", "gebied_soort", "gebied_code", "corporatie_code", "richting",
        "waarde", "datum", "baseline_waarde", "baseline_datum", "padtype", "tolerantie_soort",
        "tolerantie_aandacht", "tolerantie_achter", "tolerantie_min", "min_n", "geldig_van",
        "stappen",
    ),
}  # fmt: skip


def _changed(
    cursor: psycopg.Cursor[Any], kind: str, key: str, rows: Sequence[Row]
) -> Iterator[tuple[str, str, int, Row, Row]]:
    steps = (
        ", (select coalesce(json_agg(json_build_array(s.datum, s.waarde) order by s.datum), '[]') "
        "from reference.doel_stap as s where s.doel_id = t.doel_id and s.versie = t.versie) "
        "as stappen"
        if kind == "doel"
        else ""
    )
    cursor.execute(f"select t.*{steps} from reference.{kind} as t".encode())
    new = {(row[key], row["versie"]): row for row in rows}
    for old in cursor.fetchall():
        was = {name: _plain(old[name]) for name in FIXED[kind]}
        row = new.get((old[key], old["versie"]))
        becomes = {name: _plain(row[name]) for name in FIXED[kind]} if row else {}
        differences = [name for name in was if not row or was[name] != becomes[name]]
        if differences:
            yield (
                kind,
                old[key],
                old["versie"],
                {name: was[name] for name in differences},
                {name: becomes.get(name) for name in differences},
            )


def _plain(value: object) -> object:
    """A value as it reads in a message: 0 and 0.0000 are one number, dates are text."""
    if isinstance(value, list | tuple):
        return [[_plain(part) for part in pair] for pair in value]
    if isinstance(value, Decimal | float | int) and not isinstance(value, bool):
        return f"{Decimal(str(value)).normalize():f}"
    return None if value is None else str(value)


def _refusal(kind: str, key: str, version: int, was: Row, becomes: Row) -> str:
    if not any(value is not None for value in becomes.values()):
        return (
            f"{kind} {key} version {version} was recorded and is no longer in the files. "
            f"Remedy: put it back, with vervallen when it was withdrawn."
        )
    said = "; ".join(f"`{name}` was {was[name]}, is now {becomes[name]}" for name in was)
    return (
        f"{kind} {key} version {version} was recorded before: {said}. Remedy: leave it, and add "
        f"version {version + 1} with its geldig_van; or, for a slip of the pen, --correct REASON."
    )


def _gemeente_row(register: Register) -> Row:
    municipality = register.municipality
    return {
        "gemeente_code": municipality.gemeente.code,
        "naam": municipality.gemeente.naam,
        "map": register.folder,
        "is_voorbeeld": municipality.voorbeeld,
        "norm_peildatum": municipality.norm_peildatum,
    }


def _party_rows(municipality: Municipality) -> Iterator[Row]:
    for order, partij in enumerate(municipality.partijen, 1):
        yield {
            "partij_code": partij.code,
            "naam": partij.naam,
            "soort": partij.soort,
            "l_nummer": partij.l_nummer,
            "volgorde": order,
            "is_fictief": municipality.voorbeeld and partij.soort != "GEMEENTE",
            "actief_van": partij.actief_van,
            "actief_tot": partij.actief_tot,
            "bron": partij.bron,
            "is_geverifieerd": partij.geverifieerd,
        }


def _area_rows(municipality: Municipality) -> Iterator[Row]:
    for order, area in enumerate(municipality.aandachtsgebieden, 1):
        for wijk in area.wijken:
            yield {
                "lijst": area.code,
                "lijst_naam": area.naam,
                "volgorde": order,
                "gebied_code": wijk,
                "geldig_van": area.geldig_van,
                "geldig_tot": area.geldig_tot,
            }


def _frame_rows(municipality: Municipality) -> Iterator[Row]:
    for kader in municipality.kaders:
        yield {
            "kader": kader.code,
            "titel": kader.titel,
            "niveau": kader.niveau,
            "geldig_van": kader.geldig_van,
            "geldig_tot": kader.geldig_tot,
            "bron": kader.bron,
            "is_geverifieerd": kader.geverifieerd,
        }


def _commitment_rows(register: Register) -> list[Row]:
    rows = []
    for afspraak_id, afspraak in register.afspraken:
        for version, tekst in enumerate(afspraak.versies, 1):
            is_last = version == len(afspraak.versies)
            withdrawn = is_last and afspraak.vervallen_op is not None
            rows.append(
                {
                    "afspraak_id": afspraak_id,
                    "versie": version,
                    "nummer": afspraak.nummer,
                    "niveau": afspraak.niveau,
                    "kader": afspraak.kader,
                    "thema": afspraak.thema,
                    "thema_volgorde": register.municipality.themas.index(afspraak.thema) + 1,
                    "titel": afspraak.titel,
                    "tekst": tekst.tekst,
                    "tekst_bron": tekst.bron,
                    "soort": afspraak.soort,
                    "hoofdindicator": afspraak.hoofdindicator,
                    "hoofdindicator_titel": afspraak.hoofdindicator_titel,
                    "herkomst": afspraak.herkomst,
                    "geldig_van": tekst.geldig_van,
                    "geldig_tot": afspraak.geldig_tot,
                    "status": (
                        "VERVALLEN" if withdrawn else "VAN_KRACHT" if is_last else "GEWIJZIGD"
                    ),
                    "vervallen_op": afspraak.vervallen_op if is_last else None,
                    "besluit_ref": tekst.besluit,
                    "ondertekend_op": tekst.ondertekend_op,
                }
            )
    return rows


def _role_rows(register: Register) -> Iterator[Row]:
    for afspraak_id, afspraak in register.afspraken:
        for version in range(1, len(afspraak.versies) + 1):
            seen: set[str] = set()
            for role, named in afspraak.partijen:
                for code in _spelled_out(named, register.municipality):
                    # who leads is not named again as involved
                    if code not in seen:
                        seen.add(code)
                        yield {
                            "afspraak_id": afspraak_id,
                            "versie": version,
                            "partij_code": code,
                            "rol": role,
                        }


def _spelled_out(named: Sequence[str], municipality: Municipality) -> Iterator[str]:
    for code in named:
        if kind := GROUPS.get(code):
            yield from (p.code for p in municipality.partijen if p.soort == kind)
        else:
            yield code


def _target_rows(register: Register, directions: Mapping[str, str]) -> list[Row]:
    return [
        {
            "doel_id": "-".join(filter(None, (doel.code, waarde.corporatie, waarde.gebied))),
            "versie": doel.versie,
            "afspraak_id": afspraak_id,
            "indicator": doel.indicator,
            "onderdeel": doel.onderdeel,
            "is_hoofddoel": doel.hoofddoel,
            "titel": doel.titel,
            **_scope(waarde.gebied, register.municipality),
            "corporatie_code": waarde.corporatie or "",
            "richting": doel.richting or directions[doel.indicator],
            "waarde": waarde.doel,
            "datum": doel.doeldatum,
            "baseline_waarde": waarde.start,
            "baseline_datum": doel.startdatum,
            "padtype": doel.pad.upper(),
            "tolerantie_soort": ("ABSOLUUT" if doel.tolerantie.per == "eenheid" else "PCT_AFSTAND"),
            "tolerantie_aandacht": doel.tolerantie.aandacht,
            "tolerantie_achter": doel.tolerantie.achter,
            "tolerantie_min": doel.tolerantie.minimum,
            "min_n": doel.minimaal_aantal,
            "herkomst": doel.herkomst,
            "bron": doel.bron,
            "is_vervallen": doel.vervallen,
            "geldig_van": doel.geldig_van,
            "stappen": [(stap.datum, stap.waarde) for stap in waarde.stappen],
        }
        for afspraak_id, afspraak in register.afspraken
        for doel in afspraak.doelen
        for waarde in doel.waarden
    ]


def _scope(area: str | None, municipality: Municipality) -> Row:
    if area is None:
        return {"gebied_soort": "gemeente", "gebied_code": municipality.gemeente.code}
    kinds = {"WK": "wijk", "BU": "buurt"}
    is_list = any(area == listed.code for listed in municipality.aandachtsgebieden)
    return {
        "gebied_soort": "aandachtsgebied" if is_list else kinds[area[:2]],
        "gebied_code": area,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Load the municipality's register.")
    parser.add_argument("--correct", metavar="REASON", help="why a recorded version is changed")
    try:
        register = load(Settings(), correct=parser.parse_args().correct)
    except FileError as refusal:
        sys.exit(str(refusal))
    targets = [doel for _, afspraak in register.afspraken for doel in afspraak.doelen]
    print(f"{register.folder}: {len(register.afspraken)} commitments, {len(targets)} targets")
    for code, rest in register.undivided:
        print(f"{code}: {rest} of the municipality's target is not divided over corporations")


if __name__ == "__main__":
    main()
