"""The story laid out over corporations and wijken: tables of whole homes with exact margins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from local.sample import story
from local.sample.margins import fit_table, largest_remainder

NEVER: Final = 99  # later than the last quarter
CORPS: Final = tuple(story.CORPORATIES)
NUMBERS: Final = tuple(w.nummer for w in story.WIJKEN)
QUARTER: Final = {p: i for i, p in enumerate(story.PEILDATA)}
Q_START: Final = QUARTER[story.START]
Q_2025: Final = QUARTER[date(2025, 12, 31)]
Q_LAST: Final = QUARTER[story.LAATSTE]
LEAVING: Final = ("gesloopt", "verkocht")
WORKS: Final = ("verbeterd", *LEAVING, "hergeregistreerd")
LATER: Final = (2025, 2026)
PERIODS: Final = ((2024,), LATER)

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Tables corporation x wijk that homes are allotted from.

    Movements are keyed by name and period: 0 is the year 2024, 1 is 2025 and 2026 together.
    """

    stock: Ints
    efg_start: Ints
    efg_out: dict[tuple[str, int], Ints]
    other_out: dict[tuple[str, int], Ints]
    first_registered: dict[int, Ints]

    @property
    def gone_2024(self) -> Ints:
        """Homes that left in 2024: there before, and not in the stock at the start."""
        leaving = [table[name, 0] for table in (self.efg_out, self.other_out) for name in LEAVING]
        return np.sum(leaving, axis=0)


def bridge(component: str, corporation: str, years: tuple[int, ...]) -> int:
    """A term of the E/F/G bridge over some years."""
    return sum(
        getattr(s, component)
        for s in story.EFG_BRUG
        if s.corporatie == corporation and s.jaar in years
    )


def flow(name: str, corporation: str, years: tuple[int, ...]) -> int:
    """A stream of homes over some years."""
    return sum(
        getattr(s, name) for s in story.STROMEN if s.corporatie == corporation and s.jaar in years
    )


def quarters_of(component: str, totals: dict[int, int]) -> list[int]:
    """The quarter of each event, given how many there are in each year; 2026 has three quarters."""
    plan: list[int] = []
    for year, total in totals.items():
        quarters = [i for p, i in QUARTER.items() if p.year == year]
        weights = story.KWARTAALGEWICHTEN[component][: len(quarters)]
        plan += np.repeat(quarters, largest_remainder(weights, total)).tolist()
    return plan


def plan_cells() -> Cells:
    """Stock, E/F/G and all movements per corporation and wijk, with the margins of the story."""
    size = np.array([w.woningen for w in story.WIJKEN])
    efg_start = np.array([w.efg_start for w in story.WIJKEN])
    owners = np.array([story.BEZIT_START[c] for c in CORPS])
    liking = np.array([[story.VOORKEUR.get((c, w), 1.0) for w in NUMBERS] for c in CORPS])
    stock = fit_table(np.outer(owners, size) * liking, owners, size)
    rate = np.divide(efg_start, size, out=np.zeros(size.size), where=size > 0)
    corp_rate = np.array([story.EFG_START[c] / story.BEZIT_START[c] for c in CORPS])
    efg = fit_table(
        stock * rate[None, :] * corp_rate[:, None],
        [story.EFG_START[c] for c in CORPS],
        efg_start,
        cap=(stock * 0.8).astype(int),
    )
    first = _spread(efg, "eerste_registratie", bridge, LATER)
    efg_out, efg_last = _efg_out(efg, first)
    efg_out |= {(name, 0): _spread(efg, name, bridge, (2024,)) for name in WORKS}

    def others(name: str, corporation: str, years: tuple[int, ...]) -> int:
        return flow(name, corporation, years) - bridge(name, corporation, years)

    other_out = {
        (name, period): _spread(efg if name == "gesloopt" else stock, name, others, years)
        for name in LEAVING
        for period, years in enumerate(PERIODS)
    }
    first_2024 = _spread(efg_last, "eerste_registratie", bridge, (2024,))
    return Cells(stock, efg, efg_out, other_out, {0: first_2024, 1: first})


def _spread(
    weights: Ints,
    name: str,
    total: Callable[[str, str, tuple[int, ...]], int],
    years: tuple[int, ...],
) -> Ints:
    return np.array(
        [largest_remainder(weights[i], total(name, c, years)) for i, c in enumerate(CORPS)]
    )


def _efg_out(efg: Ints, first: Ints) -> tuple[dict[tuple[str, int], Ints], Ints]:
    """What leaves E/F/G in 2025-2026 per cell, and what is left at the end.

    The end is fitted to corporations and wijken; what a cell then has too many is divided over
    the ways out, so that these add up per corporation.
    """
    bought = np.zeros_like(efg)
    for a in story.AANKOPEN:
        if a.efg:
            bought[CORPS.index(a.corporatie), NUMBERS.index(int(a.buurt[6:8]))] += a.aantal
    most = efg + first + bought
    last = np.array([w.efg_laatste for w in story.WIJKEN])
    start = efg.sum(axis=0)
    seed = most * np.divide(last, start, out=np.zeros(last.size), where=start > 0)[None, :]
    for corporation, wijk in story.SLOOPWIJK.items():
        seed[CORPS.index(corporation), NUMBERS.index(wijk)] *= 4
    left = fit_table(seed, [story.efg(c, story.LAATSTE) for c in CORPS], last, cap=most)
    out = {(name, 1): np.zeros_like(efg) for name in WORKS}
    for i, c in enumerate(CORPS):
        leaving = (most - left)[i]
        totals = [bridge(name, c, LATER) for name in WORKS]
        table = fit_table(np.outer(leaving, np.maximum(totals, 1e-6)), leaving, totals)
        for k, name in enumerate(WORKS):
            out[name, 1][i] = table[:, k]
    return out, left
