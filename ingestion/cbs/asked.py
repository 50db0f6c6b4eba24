"""What a card asks of a table: which measures, areas, periods and parts of further dimensions.

A table that no longer has what is asked is refused by the names of what is missing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from ingestion.cards import Card, Edition, HeaderDriftError, Measure
from ingestion.cbs.described import Code, Dimension, Topic

WHOLE: Final = "totaal"


def asked(card: Card, municipality_code: str) -> dict[str, Any]:
    """The part of a card that decides which rows come out of a table."""
    wanted = card.model_dump(
        mode="json", include={"measures", "levels", "periods", "split", "missing_values"}
    )
    return {**wanted, "municipality": municipality_code}


def asked_mark(card: Card, municipality_code: str) -> str:
    """A short mark of what is asked: another question is another version of the same table."""
    question = json.dumps(asked(card, municipality_code), sort_keys=True)
    return hashlib.sha256(question.encode()).hexdigest()[:8]


def area_pattern(
    municipality_code: str, levels: Iterable[str] = ("GM", "WK", "BU")
) -> re.Pattern[str]:
    """Codes of a municipality, its wijken and buurten. `GM0917` must not find BU07850917."""
    digits = municipality_code.removeprefix("GM")
    tails = {"GM": "", "WK": "[0-9A-Z]{2}", "BU": "[0-9A-Z]{4}"}
    return re.compile("^(" + "|".join(f"{x}{digits}{tails[x]}" for x in levels) + ")$")


def area_prefixes(card: Card, municipality_code: str) -> list[str]:
    digits = municipality_code.removeprefix("GM")
    return [f"{level}{digits}" for level in card.levels]


def check_dimensions(card: Card, edition: Edition, dimensions: Sequence[Dimension]) -> None:
    """Refuse a table with a dimension that the card does not know, or without one that it does."""
    found = {d.name for d in dimensions if d.kind == "uitsplitsing"}
    missing = sorted(set(card.split) - found)
    unknown = sorted(found - set(card.split))
    if not any(d.kind == "gebied" for d in dimensions):
        missing.append("een dimensie van gebieden")
    if edition.year is None and not any(d.kind == "periode" for d in dimensions):
        missing.append("een dimensie van perioden")
    parts = [f"missing {missing}"] if missing else []
    parts += [f"not yet mapped {unknown}"] if unknown else []
    if parts:
        raise HeaderDriftError(f"{card.name} {edition.part}: {', '.join(parts)}")


def chosen_topics(card: Card, edition: Edition, topics: Sequence[Topic]) -> dict[str, Topic]:
    """The table's measure for each of our subjects; raises HeaderDriftError by name.

    Column numbers shift from year to year and titles differ in commas, so a title counts by its
    letters and digits. A title that two measures share needs the card to name its group.
    """
    chosen: dict[str, Topic] = {}
    faults = []
    for subject, measure in card.measures.items():
        found = _matching(measure, topics)
        named = f"{subject} ({measure.titles[0]})"
        if len(found) > 1:
            faults.append(f"{named} is given {len(found)} times: {[t.key for t in found]}")
        elif not found and measure.required:
            faults.append(f"missing {named}")
        elif found and not any(_spelled(found[0].unit) == _spelled(u) for u in measure.units):
            units = list(measure.units)
            faults.append(f"{named} comes in {found[0].unit!r}, the card knows {units}")
        elif found:
            chosen[subject] = found[0]
    if not chosen and not faults:
        faults.append(f"missing {list(card.measures)}")
    if faults:
        raise HeaderDriftError(f"{card.name} {edition.part}: {'; '.join(faults)}")
    return chosen


def _matching(measure: Measure, topics: Sequence[Topic]) -> list[Topic]:
    by_id = [topic for topic in topics if topic.key in measure.ids]
    if by_id:
        return by_id
    titles = {_spelled(title) for title in measure.titles}
    return [
        topic
        for topic in topics
        if _spelled(topic.title) in titles
        and (measure.group is None or _spelled(topic.group) == _spelled(measure.group))
    ]


def _spelled(title: str) -> str:
    return re.sub(r"[\W_]", "", title.lower()) or title.strip()


def asked_codes(
    card: Card,
    edition: Edition,
    dimension: Dimension,
    codes: Iterable[Code],
    municipality_code: str,
) -> list[Code]:
    """The codes of a dimension that are read; raises HeaderDriftError for a part that is gone."""
    if dimension.kind == "gebied":
        pattern = area_pattern(municipality_code, card.levels)
        return [code for code in codes if pattern.match(code.code)]
    if dimension.kind == "periode":
        return [code for code in codes if is_asked_period(card, code.code)]
    read = list(codes)
    names = named_codes(card, dimension, read)
    gone = set(card.split[dimension.name]) - set(names.values())
    if gone:
        raise HeaderDriftError(
            f"{card.name} {edition.part}: {dimension.name}: missing {sorted(gone)}"
        )
    return [code for code in read if code.code in names]


def is_asked_period(card: Card, code: str) -> bool:
    return code[4:6] in card.periods.kinds and int(code[:4]) >= card.periods.since


def named_codes(card: Card, dimension: Dimension, codes: Iterable[Code]) -> dict[str, str]:
    """Our name of each code of a further dimension; editions may code the same part otherwise.

    A card names a part by its code, or by its title where the code is not known.
    """
    aliases = [
        (alias, name) for name, known in card.split[dimension.name].items() for alias in known
    ]
    by_code = dict(aliases)
    by_title = {_spelled(alias): name for alias, name in aliases}
    named = {
        code.code: by_code.get(code.code) or by_title.get(_spelled(code.title)) for code in codes
    }
    return {code: name for code, name in named.items() if name}


def part_name(names: Iterable[tuple[str, str]]) -> str:
    """One canonical text for `(dimension, our name)`: the whole goes without saying."""
    return ";".join(f"{d}={name}" for d, name in sorted(names) if name != WHOLE) or WHOLE
