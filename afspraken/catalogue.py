"""The catalogue: one file an indicator, checked strictly and loaded before dbt builds.

python -m afspraken.catalogue
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import psycopg
from pydantic import Field, ValidationInfo, field_validator, model_validator

from afspraken.db import connect
from afspraken.settings import Settings
from afspraken.yamlfiles import FileError, Strict, parse, read

Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]*[a-z]?$")]
Text = Annotated[str, Field(min_length=1)]
Role = Literal["teller", "noemer", "bekend", "totaal", "vergelijk_teller", "vergelijk_noemer"]


class Maat(Strict):
    """A measure that models emit: its classes, and whose deliveries it rests on."""

    maat: Text
    omschrijving: Text
    bron: Text
    korrel: Literal["fijnste", "elk niveau"]
    per_corporatie: bool
    rust_op: str | None
    onderdelen: dict[str, str]


class Term(Strict):
    """A measure that an indicator adds up: which classes, over which periods, how heavy."""

    maat: Text
    onderdelen: Annotated[tuple[str, ...], Field(min_length=1)]
    venster: Literal["stand", "jaar", "12 maanden", "primo"] = "stand"
    gewicht: Decimal = Decimal(1)


Terms = Annotated[tuple[Term, ...], Field(min_length=1)]


class Dekking(Strict):
    """The share that is known; under `minimum` (0 to 1) no value is given."""

    bekend: Terms
    totaal: Terms
    minimum: Annotated[Decimal, Field(gt=0, le=1)] | None = None


class Vergelijking(Strict):
    """A second ratio by which the first is divided, for an index around 1."""

    teller: Terms
    noemer: Terms


class Onderdeel(Strict):
    """A variant of an indicator. What it doesn't say itself, it takes from the indicator."""

    titel: Text
    teller: tuple[Term, ...] = ()
    noemer: tuple[Term, ...] | None = None
    vergelijking: Vergelijking | None = None
    dekking: Dekking | Literal["geen"] | None = None
    eenheid: Text | None = None
    factor: Decimal | None = None
    decimalen: Annotated[int, Field(ge=0, le=4)] | None = None
    berekend_door: Literal["maten", "monitor"] = "maten"

    @model_validator(mode="after")
    def _counts_something(self) -> Onderdeel:
        if (self.berekend_door == "maten") != bool(self.teller):
            raise ValueError(
                "an onderdeel has a teller, unless berekend_door: monitor. Remedy: add the measures"
            )
        return self


class Gezag(Strict):
    """On whose authority the definition rests, in this order: law, agreement, our own note."""

    soort: Literal["wet", "afspraak", "eigen"]
    bron: Text


class Indicator(Strict):
    """One indicator, as written in `dbt_project/indicators/<code>.yml`."""

    code: Code
    titel: Text
    definitie: Text
    waarom: Text
    gezag: Gezag
    thema: Text
    eenheid: Text
    factor: Decimal = Decimal(1)
    decimalen: Annotated[int, Field(ge=0, le=4)]
    richting: Literal["omhoog", "omlaag", "norm", "context"]
    oprol: Literal["som", "verhouding van sommen", "gewogen gemiddelde", "zoals geleverd"]
    privacyklasse: Literal["openbaar", "persoon", "gevoelig", "corporatie-jaar"]
    onderdelen: Annotated[dict[str, Onderdeel], Field(min_length=1)]
    noemer: tuple[Term, ...] = ()
    dekking: Dekking | None = None
    hoofdonderdeel: Text
    verouderd_na_dagen: Annotated[int, Field(gt=0)] | None = None
    bronnen: Annotated[tuple[Text, ...], Field(min_length=1)]
    eigenaar: Text
    review_op: date
    let_op: Text | None = None

    @field_validator("hoofdonderdeel")
    @classmethod
    def _the_headline_is_one_of_them(cls, value: str, info: ValidationInfo) -> str:
        onderdelen = info.data.get("onderdelen", {})
        if onderdelen and value not in onderdelen:
            raise ValueError(f"there is no such onderdeel. Remedy: one of {', '.join(onderdelen)}")
        return value

    @model_validator(mode="after")
    def _ratios_have_a_denominator(self) -> Indicator:
        wants = self.oprol in ("verhouding van sommen", "gewogen gemiddelde")
        for name, onderdeel in self.onderdelen.items():
            if onderdeel.berekend_door == "monitor":
                continue
            has = bool(self.noemer if onderdeel.noemer is None else onderdeel.noemer)
            if wants and not has:
                raise ValueError(
                    f"onderdeel {name} has no noemer, and oprol is {self.oprol}. Remedy: add one"
                )
            if self.oprol == "som" and has:
                raise ValueError(
                    f"onderdeel {name} has a noemer, and oprol is som: a ratio is never summed. "
                    f"Remedy: oprol: verhouding van sommen"
                )
        return self

    def terms(self, name: str) -> Iterator[tuple[Role, Term]]:
        """The terms of one onderdeel, with what it takes over from the indicator."""
        onderdeel = self.onderdelen[name]
        for term in onderdeel.teller:
            yield "teller", term
        if onderdeel.berekend_door == "monitor":
            return
        for term in self.noemer if onderdeel.noemer is None else onderdeel.noemer:
            yield "noemer", term
        if dekking := self.coverage(name):
            for term in dekking.bekend:
                yield "bekend", term
            for term in dekking.totaal:
                yield "totaal", term
        if onderdeel.vergelijking:
            for term in onderdeel.vergelijking.teller:
                yield "vergelijk_teller", term
            for term in onderdeel.vergelijking.noemer:
                yield "vergelijk_noemer", term

    def coverage(self, name: str) -> Dekking | None:
        """The coverage that holds for one onderdeel; `dekking: geen` there leaves it out."""
        onderdeel = self.onderdelen[name]
        if onderdeel.dekking == "geen" or onderdeel.berekend_door == "monitor":
            return None
        return onderdeel.dekking or self.dekking


class Catalogue(NamedTuple):
    """All measures and indicators, with what deserves a look (not an error)."""

    maten: tuple[Maat, ...]
    indicators: tuple[Indicator, ...]
    warnings: tuple[str, ...]


def read_catalogue(project: Path, today: date) -> Catalogue:
    """Read and check `measures.yml` and `indicators/` of a dbt project.

    Args:
        project: the folder `dbt_project`.
        today: a review date before this day gives a warning.

    Raises:
        FileError: every problem in every file, a line each.
    """
    maten = _read_maten(project / "measures.yml")
    problems: list[str] = []
    warnings: list[str] = []
    indicators: list[Indicator] = []
    paths = sorted((project / "indicators").glob("*.yml"))
    if not paths:
        problems.append(f"{project / 'indicators'}: no indicator is there. Remedy: add <code>.yml.")
    for path in paths:
        try:
            indicator = parse(Indicator, read(path), str(path))
        except FileError as error:
            problems += error.problems
            continue
        if indicator.code != path.stem:
            problems.append(
                f"{path}: `code` is {indicator.code!r}, the file is {path.stem}. "
                f"Remedy: give both one name."
            )
        problems += _unknown_maten(indicator, maten, path)
        if indicator.review_op < today:
            warnings.append(
                f"{path}: `review_op` {indicator.review_op} is past. "
                f"Remedy: let {indicator.eigenaar} read the definition and set a new date."
            )
        indicators.append(indicator)
    if problems:
        raise FileError(problems)
    return Catalogue(maten, tuple(indicators), tuple(warnings))


def _read_maten(path: Path) -> tuple[Maat, ...]:
    content = read(path)
    if not isinstance(content, list):
        raise FileError([f"{path}: is no list of measures. Remedy: start each with `- maat:`."])
    maten = tuple(parse(Maat, item, f"{path}, number {n}") for n, item in enumerate(content, 1))
    codes = [maat.maat for maat in maten]
    if twice := sorted({code for code in codes if codes.count(code) > 1}):
        raise FileError([f"{path}: `maat` {code!r} is there twice." for code in twice])
    return maten


def _unknown_maten(indicator: Indicator, maten: Sequence[Maat], path: Path) -> Iterator[str]:
    known: Mapping[str, Maat] = {maat.maat: maat for maat in maten}
    for name in indicator.onderdelen:
        for role, term in indicator.terms(name):
            maat = known.get(term.maat)
            key = f"onderdelen.{name}.{role}"
            if maat is None:
                yield (
                    f"{path}: `{key}`: measure {term.maat!r} is not known. "
                    f"Remedy: {_nearest(term.maat, known)} (measures.yml lists them)."
                )
                continue
            for onderdeel in term.onderdelen:
                if onderdeel not in maat.onderdelen:
                    yield (
                        f"{path}: `{key}`: measure {term.maat} has no onderdeel {onderdeel!r}. "
                        f"Remedy: {_nearest(onderdeel, maat.onderdelen)}."
                    )
            if maat.korrel == "elk niveau" and indicator.oprol != "zoals geleverd":
                yield (
                    f"{path}: `oprol` is {indicator.oprol!r}, but {term.maat} is delivered at each "
                    f"level and would count twice. Remedy: oprol: zoals geleverd."
                )


def _nearest(word: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]!r}" if near else f"one of {', '.join(known)}"


def replace_catalogue(connection: psycopg.Connection, catalogue: Catalogue) -> None:
    """Replace what `reference` knows of measures and indicators, in the caller's transaction."""
    with connection.cursor() as cursor:
        for table in ("indicator_term", "indicator_onderdeel", "indicator", "maat"):
            cursor.execute(f"delete from reference.{table}".encode())
        cursor.executemany(
            "insert into reference.maat values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (m.maat, name, f"{m.omschrijving}: {text}", m.bron, m.korrel, m.per_corporatie,
                 m.rust_op)
                for m in catalogue.maten
                for name, text in m.onderdelen.items()
            ],
        )  # fmt: skip
        cursor.executemany(
            "insert into reference.indicator (code, titel, definitie, waarom, gezag, gezag_bron, "
            "thema, eenheid, richting, oprol, privacyklasse, hoofdonderdeel, verouderd_na_dagen, "
            "bronnen, eigenaar, review_op, let_op) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, "
            "%s, %s, %s, %s, %s, %s, %s)",
            [
                (i.code, i.titel, i.definitie, i.waarom, i.gezag.soort, i.gezag.bron, i.thema,
                 i.eenheid, i.richting, i.oprol, i.privacyklasse, i.hoofdonderdeel,
                 i.verouderd_na_dagen, "; ".join(i.bronnen), i.eigenaar, i.review_op, i.let_op)
                for i in catalogue.indicators
            ],
        )  # fmt: skip
        cursor.executemany(
            "insert into reference.indicator_onderdeel values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [row for i in catalogue.indicators for row in _onderdeel_rows(i)],
        )
        cursor.executemany(
            "insert into reference.indicator_term values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (i.code, name, role, term.maat, maat_onderdeel, term.venster, term.gewicht)
                for i in catalogue.indicators
                for name in i.onderdelen
                for role, term in i.terms(name)
                for maat_onderdeel in term.onderdelen
            ],
        )


def _onderdeel_rows(indicator: Indicator) -> Iterator[tuple[object, ...]]:
    for order, (name, onderdeel) in enumerate(indicator.onderdelen.items(), 1):
        dekking = indicator.coverage(name)
        yield (
            indicator.code,
            name,
            onderdeel.titel,
            order,
            onderdeel.eenheid or indicator.eenheid,
            indicator.factor if onderdeel.factor is None else onderdeel.factor,
            indicator.decimalen if onderdeel.decimalen is None else onderdeel.decimalen,
            dekking.minimum if dekking else None,
            onderdeel.berekend_door,
        )


def load(settings: Settings) -> Catalogue:
    """Read the files of this clone and load them, all or nothing."""
    catalogue = read_catalogue(settings.root / "dbt_project", settings.today())
    with connect(settings, "transformer") as connection:
        replace_catalogue(connection, catalogue)
    return catalogue


if __name__ == "__main__":
    try:
        loaded = load(Settings())
    except FileError as refusal:
        sys.exit(str(refusal))
    for warning in loaded.warnings:
        print(f"warning: {warning}")
    print(f"{len(loaded.indicators)} indicators of {len(loaded.maten)} measures")
