"""Which municipality this run is about and who may deliver, as its folder says."""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from afspraken.settings import Settings

_CODE = re.compile(r"^GM[0-9]{4}$")


@dataclass(frozen=True)
class Municipality:
    """CBS code (`GM0917`) and the codes of the corporations that take part."""

    code: str
    corporations: frozenset[str]


def read_municipality(settings: Settings) -> Municipality:
    """The folder's municipality.yml; raises ValueError when its code is not a CBS code."""
    path = settings.municipality_dir / "municipality.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    code = str(content["gemeente"]["code"])
    if not _CODE.match(code):
        raise ValueError(f"{path}: code {code!r} is not a municipality code such as GM0917")
    corporations = frozenset(
        str(party["code"]) for party in content["partijen"] if party["soort"] == "CORPORATIE"
    )
    return Municipality(code, corporations)


def municipality_code(settings: Settings) -> str:
    return read_municipality(settings).code
