"""Which municipality this run is about and who may deliver, as its folder says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from afspraken.settings import Settings

_CODE = re.compile(r"^GM[0-9]{4}$")
_POSTCODES = re.compile(r"^[1-9][0-9]{3}(?:-[1-9][0-9]{3})?$")
_KINDS = {
    "CORPORATIE": "corporaties",
    "GEMEENTE": "de gemeente",
    "HUURDERSORGANISATIE": "huurdersorganisaties",
    "OVERIG": "andere partijen",
}


@dataclass(frozen=True)
class Party:
    """Who may deliver: its code is its folder in the inbox, `mailbox` is where receipts go."""

    code: str
    kind: str
    mailbox: str | None = None


@dataclass(frozen=True)
class Municipality:
    """CBS code (`GM0917`), the parties to the agreements by their codes, and the area.

    `postcodes` are the four digits of the postcodes that lie in it; none means the whole country.
    """

    code: str
    parties: Mapping[str, Party]
    postcodes: tuple[str, ...] = ()


def read_municipality(settings: Settings) -> Municipality:
    """The folder's municipality.yml; raises ValueError when its code is not a CBS code."""
    path = settings.municipality_dir / "municipality.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    code = str(content["gemeente"]["code"])
    if not _CODE.match(code):
        raise ValueError(f"{path}: code {code!r} is not a municipality code such as GM0917")
    parties = (
        Party(str(p["code"]), str(p["soort"]), p.get("postvak")) for p in content["partijen"]
    )
    return Municipality(
        code,
        {party.code: party for party in parties},
        _postcodes(path, content.get("postcodes") or []),
    )


def _postcodes(path: Path, ranges: list[object]) -> tuple[str, ...]:
    """The postcodes in ranges such as `6411-6419` and single ones such as `6421`."""
    found: list[str] = []
    for text in map(str, ranges):
        if not _POSTCODES.match(text):
            raise ValueError(f"{path}: postcodes {text!r} is not like 6411 or 6411-6419")
        low, _, high = text.partition("-")
        found += [str(number) for number in range(int(low), int(high or low) + 1)]
    return tuple(found)


def municipality_code(settings: Settings) -> str:
    return read_municipality(settings).code


def kinds_in_dutch(kinds: Iterable[str]) -> str:
    """`corporaties en de gemeente`: kinds of party as a sentence names them."""
    names = [_KINDS.get(kind, kind.lower()) for kind in kinds]
    return " en ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
