"""Lettings (toewijzing): new contracts per month and wijk, without any home or household."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from local.sample import story, story_parties
from local.sample.areas import wijk_code
from local.sample.margins import largest_remainder
from local.sample.moments import owned
from local.sample.plan import Q_LAST, QUARTER
from local.sample.seeds import Dice

QUARTER_WEIGHTS: Final = (0.24, 0.26, 0.24, 0.26)
NOORD: Final = frozenset(w.nummer for w in story.WIJKEN if w.noord)
# Of the contracts without a household that is tested: organisations, temporary, not DAEB.
REST: Final = (0.25, 0.15, 0.60)
HOUSEHOLDS: Final = (("1", 0.50), ("2", 0.25), ("3+", 0.25))
# Urgent and other special lettings among the DAEB lettings, and those rehoused.
SPECIAL, REHOUSED = 0.14, 0.03


def make_lettings(homes: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """All contracts of 2025 and 2026: the columns of toewijzing, and `quarter`."""
    rng = dice.stream("toewijzing")
    parts = [
        _year(homes, corporation, year, figures, rng)
        for (corporation, year), figures in story_parties.VERHUUR.items()
    ]
    lettings = pd.concat(parts, ignore_index=True)
    _set_groups(lettings, rng)
    return lettings


def rows(lettings: pd.DataFrame, corporation: str, q: int) -> list[dict[str, str]]:
    """A corporation's contracts of one quarter, numbered anew."""
    mine = lettings[lettings["corporatie_code"].eq(corporation) & lettings["quarter"].eq(q)]
    mine = mine.sort_values("contract_maand", kind="stable").drop(columns="quarter")
    mine["toewijzing_nr"] = [str(n) for n in range(1, len(mine) + 1)]
    return [{str(k): v for k, v in row.items()} for row in mine.to_dict("records")]


def _year(
    homes: pd.DataFrame,
    corporation: str,
    year: int,
    figures: story_parties.Verhuur,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The contracts of one corporation in one year, in random order."""
    rest = figures.contracten - figures.daeb
    organisation, temporary, market = largest_remainder(REST, rest).tolist()
    counts = {
        "PAS": figures.passend,
        "NIE": figures.passend_groep - figures.passend,
        "DAEB": figures.daeb_groep - figures.passend_groep,
        "HOGER": figures.daeb - figures.daeb_groep,
        "INT": organisation,
        "TIJDELIJK": temporary,
        "NDA": market,
    }
    kind = rng.permutation(np.repeat(list(counts), list(counts.values())))
    n = kind.size
    quarters = [i for p, i in QUARTER.items() if p.year == year]
    quarter = rng.permutation(
        np.repeat(quarters, largest_remainder(QUARTER_WEIGHTS[: len(quarters)], n))
    )
    month = (quarter - 1) % 4 * 3 + rng.integers(1, 4, n)
    size = rng.choice([h[0] for h in HOUSEHOLDS], n, p=[h[1] for h in HOUSEHOLDS])
    tested = np.isin(kind, ["PAS", "NIE", "DAEB", "HOGER"])
    poor = np.isin(kind, ["PAS", "NIE"])
    rent = _rents(kind, size, year, rng)
    earlier = rent / (1 + rng.uniform(0.0, 0.09, n))
    frame = pd.DataFrame(
        {
            "corporatie_code": corporation,
            "toewijzing_nr": "",
            "contract_maand": [f"{year}-{m:02d}" for m in month],
            "wijk_code": _wijken(homes, corporation, quarter, rng),
            "maatschappelijk_label": np.where(kind == "NDA", "NDA", "DAE"),
            "netto_huur": [f"{r:.2f}" for r in rent],
            "netto_huur_vorig": [f"{r:.2f}" for r in earlier],
            "huishoudgrootte_klasse": size,
            "passend_doelgroep": np.where(poor, "J", np.where(tested, "N", "NVT")),
            "daeb_doelgroep": np.where(kind == "HOGER", "N", np.where(tested, "J", "NVT")),
            "passendheid": np.where(poor, kind, "NVT"),
            "niet_passend_reden": np.where(kind == "NIE", rng.choice(["HER", "OVE"], n), ""),
            "groep": np.where(kind == "INT", "INT", "R"),
            "woonsituatie": rng.choice(["DOO", "STA"], n, p=[0.4, 0.6]),
            "nieuwbouw": "N",
            "tijdelijk": np.where(kind == "TIJDELIJK", "J", "N"),
            "quarter": quarter,
        }
    )
    _set_first_lettings(frame, corporation)
    return frame


def _wijken(
    homes: pd.DataFrame, corporation: str, quarter: np.ndarray, rng: np.random.Generator
) -> list[str]:
    """A wijk for each contract, by the homes there."""
    mine = homes[homes["corporatie"].eq(corporation) & owned(homes, Q_LAST)]
    counts = mine["wijk"].value_counts().sort_index()
    weights = np.repeat(counts.index.to_numpy(), largest_remainder(counts, quarter.size))
    return [wijk_code(w) for w in rng.permutation(weights).tolist()]


def _rents(kind: np.ndarray, size: np.ndarray, year: int, rng: np.random.Generator) -> np.ndarray:
    """Net rents that fit the kind of contract under the limits of the year."""
    low, high, daeb = story.HUURGRENZEN[year][1:]
    own = np.where(size == "3+", high, low)
    n = kind.size
    fitting = np.minimum(own, own - 210 * rng.beta(0.9, 1.6, n) + 4)
    rent = np.select(
        [kind == "PAS", kind == "NIE", kind == "NDA"],
        [fitting, rng.uniform(own + 4, own + 90), rng.uniform(daeb + 20, daeb + 190, n)],
        rng.uniform(520, daeb - 12, n),
    )
    return np.round(rent, 2)


def _set_first_lettings(frame: pd.DataFrame, corporation: str) -> None:
    """New social homes are let in the quarter of their delivery, in their own wijk."""
    for o in story.OPLEVERINGEN:
        if o.corporatie != corporation:
            continue
        pool = frame.index[
            frame["quarter"].eq(QUARTER[o.peildatum])
            & frame["maatschappelijk_label"].eq("DAE")
            & frame["nieuwbouw"].eq("N")
            & frame["groep"].eq("R")
            & frame["tijdelijk"].eq("N")
        ]
        unlet = story.NIEUW_ONVERHUURD.get(corporation, 0) if o.peildatum == story.LAATSTE else 0
        chosen = pool[: max(o.sociaal - unlet, 0)]
        frame.loc[chosen, "nieuwbouw"] = "J"
        frame.loc[chosen, "netto_huur_vorig"] = ""
        frame.loc[chosen, "wijk_code"] = wijk_code(o.wijk)


def _set_groups(lettings: pd.DataFrame, rng: np.random.Generator) -> None:
    """Who was urgent or rehoused; over the last four quarters as concentrated as the story says."""
    noord = lettings["wijk_code"].str[6:].astype(int).isin(NOORD).to_numpy()
    daeb = lettings["maatschappelijk_label"].eq("DAE").to_numpy()
    free = daeb & lettings["groep"].eq("R").to_numpy() & lettings["tijdelijk"].eq("N").to_numpy()
    last = lettings["quarter"].gt(Q_LAST - 4).to_numpy()
    for window in (last, ~last):
        share = float(noord[window & daeb].mean())
        wanted = round(SPECIAL * int((window & daeb).sum()))
        total, inside = _closest(share, wanted)
        for place, count in ((noord, inside), (~noord, total - inside)):
            pool = rng.permutation(np.flatnonzero(window & free & place))
            lettings.loc[pool[:count], "groep"] = "BIJ"
            moved = round(REHOUSED * pool.size)
            lettings.loc[pool[count : count + moved], "groep"] = "HER"


def _closest(share: float, about: int) -> tuple[int, int]:
    """How many special lettings, and how many of them in Noord, give the ratio of the story."""
    wanted = story_parties.DRAAGKRACHT_NOORD
    options = [
        (abs(inside / total / share - wanted), total, inside)
        for total in range(about - 8, about + 9)
        for inside in (round(total * share * wanted),)
    ]
    _, total, inside = min(options)
    return total, inside


def ended(lettings: pd.DataFrame, corporation: str, q: int) -> int:
    """Tenancies that ended in a quarter: as many as were let again."""
    mine = lettings["corporatie_code"].eq(corporation) & lettings["quarter"].eq(q)
    return int(mine.sum())
