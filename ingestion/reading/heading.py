"""The heading of a table: where it stands, and which contract column each name means."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ingestion.contract import Contract, entities, load_contract

SEARCHED_ROWS = 20
"""A heading stands in one of the first rows; what is above it is a title."""

_CERTAIN, _CLEAR = 1.0, 0.6
_ENOUGH = 0.3
_WIDEST = 1_000
_OURS = 0.6


@dataclass(frozen=True)
class Heading:
    """A heading row. `meant` has the contract column of each place, or the name as it was written.

    `renamed` pairs a written name with the column it was taken for.
    """

    row: int
    written: tuple[str, ...]
    meant: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    score: float
    coverage: float

    def places(self, columns: Iterable[str]) -> list[int | None]:
        """Where each column stands in the file, or None."""
        found = {name: place for place, name in enumerate(self.meant) if name}
        return [found.get(column) for column in columns]


def plain(name: str) -> str:
    """`BAG-object ID` and `bag_object_id` are one name."""
    bare = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in bare.lower() if sign.isalnum() and sign.isascii())


def find_heading(rows: Iterable[tuple[int, Sequence[str]]], contract: Contract) -> Heading | None:
    """The row that fits the contract best, or None when no row looks like its heading."""
    found = [_match(number, cells, contract) for number, cells in rows if any(cells)]
    best = max(found, key=lambda heading: (heading.score, -heading.row), default=None)
    if best is None:
        return None
    named = len(set(contract.columns) & set(best.meant))
    return best if named >= 2 and best.coverage >= _ENOUGH else None


def recognise(rows: Sequence[tuple[int, Sequence[str]]]) -> str | None:
    """The entity whose heading stands in these rows; None when none or more than one fits."""
    fits: dict[str, tuple[float, float]] = {}
    for entity in entities():
        contract = load_contract(entity)
        if (heading := find_heading(rows, contract)) and heading.coverage >= _OURS:
            known = len(set(contract.columns) & set(heading.meant))
            fits[entity] = (known / len([n for n in heading.written if n]), heading.coverage)
    best = max(fits.values(), default=None)
    found = [entity for entity, fit in fits.items() if fit == best]
    return found[0] if len(found) == 1 else None


def named_entity(name: str) -> str | None:
    """The entity that a file or sheet is called after: `Eenheid`, `DKO_eenheid_2026Q3.csv`."""
    stem = re.sub(r"\.\w{2,5}$", "", re.split(r"[/\\]", name)[-1])
    words = re.split(r"[^a-z]+", stem.lower())
    found = [entity for entity in entities() if entity in words or plain(stem) == entity]
    return found[0] if len(found) == 1 else None


def is_heading_again(cells: Sequence[str], heading: Heading, contract: Contract) -> bool:
    """Whether a row repeats the heading in other words, as templates do below the names."""
    filled = [(n, c) for n, c in zip(heading.meant, cells, strict=False) if c.strip()]
    known = _aliases(contract.entity)
    same = [known.get(plain(cell), ("",))[0] == name for name, cell in filled]
    return len(same) >= 2 and sum(same) > len(same) / 2


@cache
def _aliases(entity: str) -> Mapping[str, tuple[str, float]]:
    """Names that can mean one column only, and how sure that is."""
    contract = load_contract(entity)
    names = {plain(field.name): (field.name, _CERTAIN) for field in contract.fields}
    others: dict[str, set[str]] = {}
    for field in contract.fields:
        vera = re.fullmatch(r"\w+\.(\w+)", field.vera)
        for alias in (field.title, vera[1] if vera else ""):
            if plain(alias):
                others.setdefault(plain(alias), set()).add(field.name)
    clear = {alias: (min(of), _CLEAR) for alias, of in others.items() if len(of) == 1}
    return clear | names


def _match(number: int, cells: Sequence[str], contract: Contract) -> Heading:
    cells = cells[:_WIDEST]
    written = tuple(re.sub(r"\s+", " ", cell).strip(" \ufeff") for cell in cells)
    known, columns = _aliases(contract.entity), set(contract.columns)
    read = [known.get(plain(name), (name, 0.0)) if name else ("", 0.0) for name in written]
    exact = columns & set(written)
    claims = Counter(column for column, sureness in read if sureness)
    meant, renamed, score = [], [], 0.0
    for name, (column, sureness) in zip(written, read, strict=True):
        taken = column in exact or claims[column] > 1
        if name and name not in columns and taken:
            column, sureness = name, 0.0
        if sureness and name != column:
            renamed.append((name, column))
        meant.append(column)
        score += sureness
    required = [f.name for f in contract.fields if f.presence != "nee" and not f.may_be_absent]
    present = len(set(required) & set(meant))
    coverage = present / len(required) if required else float(score > 0)
    return Heading(number, written, tuple(meant), tuple(renamed), score, coverage)
