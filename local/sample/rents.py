"""Net rents, in euros, in the four spans between 1 July and 30 June that the peildata fall in.

Column 0 is the rent until 1-7-2024, 1 until 1-7-2025, 2 until 1-7-2026 and 3 after that. The rents
are chosen for span 2 and follow from the yearly increase in the other spans.

In span 2 they keep clear of the strips between the limits of 2025 and those of 2026, save for the
homes of story.NORMVERSCHUIVING; so exactly these change class on 1-1-2026. Rents just under the
third limit of 2025 belong to contracts of the year before, which do not rise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.sample import story
from local.sample.moments import in_zuid, not_yet_let, owned, temporarily_out
from local.sample.plan import CORPS, Q_2025, Q_LAST, Ints
from local.sample.seeds import Dice
from local.sample.story_parties import MAX_VERHOGING

Floats = npt.NDArray[np.float64]
OLD, NEW = story.HUURGRENZEN[2025], story.HUURGRENZEN[2026]
LOWEST_RENT = 372.0
MARKET_RISE_2025 = 4.0
# The first quarter in which the rents of a span hold.
FIRST_QUARTER = (0, 3, 7, 11)


def span_of(quarter: int) -> int:
    """Which of huur_0 to huur_3 holds on the peildatum of a quarter."""
    return int(np.searchsorted(FIRST_QUARTER, quarter, side="right")) - 1


def set_rents(homes: pd.DataFrame, dice: Dice) -> None:
    """Add huur_0 to huur_3."""
    rng = dice.stream("huren")
    rents = _Rents(homes, rng)
    for corporation in CORPS:
        rents.set_corporation(corporation)
    homes[["huur_0", "huur_1", "huur_2", "huur_3"]] = rents.rent


class _Rents:
    """The table of rents while it is being filled, corporation by corporation."""

    def __init__(self, homes: pd.DataFrame, rng: np.random.Generator) -> None:
        self.rent: Floats = np.zeros((len(homes), 4))
        self._homes = homes
        self._rng = rng
        self._corporation = homes["corporatie"].to_numpy()
        self._daeb = homes["daeb"].to_numpy()
        self._new = homes["groep"].eq("nieuw").to_numpy()
        self._in_2025 = homes["in_q"].le(Q_2025).to_numpy()
        complexes = int(homes["complex"].max()) + 1
        self._appeal = (
            np.where(in_zuid(homes), 0.45, 0.0)
            + (homes["gebruiksoppervlakte"].to_numpy() - 80) / 60
            - homes["slecht"].to_numpy(dtype=float) * 0.25
            + rng.normal(0, 0.5, complexes)[homes["complex"]]
            + rng.normal(0, 0.7, len(homes))
        )

    def set_corporation(self, c: str) -> None:
        mine = (self._corporation == c) & self._daeb
        counted = self._counted(mine, Q_LAST)
        added = counted & (self._new | ~self._in_2025)
        pool = np.flatnonzero(counted & ~added)
        ranked = pool[np.argsort(self._appeal[pool], kind="stable")]
        sizes = list(story.HUURKLASSEN[c])
        sizes[1] -= int(added.sum())
        classes = np.split(ranked, np.cumsum(sizes)[:-1])
        movers = [k[:m] for k, m in zip(classes[1:], story.NORMVERSCHUIVING[c], strict=True)]
        settled = [classes[0], *(k[m.size :] for k, m in zip(classes[1:], movers, strict=True))]

        self._set_movers(movers, c)
        self._set_outside_second(settled, c)
        others = np.flatnonzero(mine & ~counted & ~self._new)
        self._set_added(np.flatnonzero(mine & self._new), np.flatnonzero(added & ~self._new), c)
        self._choose(others, self._rng.uniform(515.0, 660.0, others.size), c)
        self._aim_for_mean(mine, settled[1], c)
        self._clear_of_strips(np.flatnonzero(mine & self._in_2025), np.concatenate(movers))
        self._set_market(np.flatnonzero((self._corporation == c) & ~self._daeb), c)
        self._look_back(np.flatnonzero(self._corporation == c), c)
        self._put_on_limits(settled)

    def _counted(self, mine: npt.NDArray[np.bool_], quarter: int) -> npt.NDArray[np.bool_]:
        """Let or vacant with a last rent, as the rent classes count them."""
        out = temporarily_out(self._homes, quarter) | not_yet_let(self._homes, quarter)
        return mine & owned(self._homes, quarter) & ~out

    def _choose(self, where: Ints, rent: Floats, c: str, spread: float = 0.07) -> None:
        """Set span 2, and span 3 by this corporation's increase of 1-7-2026: around its mean, and
        for nobody above what the law allows."""
        mean = story.HUURVERHOGING[c][2]
        spread = min(spread, (MAX_VERHOGING[2026] - 0.01) / mean - 1)
        factor = 1 + mean / 100 * self._rng.uniform(1 - spread, 1 + spread, where.size)
        self.rent[where, 2] = np.round(rent, 2)
        self.rent[where, 3] = np.round(self.rent[where, 2] * factor, 2)

    def _set_movers(self, movers: list[Ints], c: str) -> None:
        """Rents between a limit of 2025 and that of 2026: a class lower from 1-1-2026 on, and
        back in the higher class by the increase of July."""
        strips = ((483.0, NEW[0]), (692.0, 702.0), (741.0, NEW[2]), (904.0, NEW[3]))
        for where, (low, high) in zip(movers, strips, strict=True):
            self._choose(where, self._rng.uniform(low, high, where.size), c)

    def _set_outside_second(self, settled: list[Ints], c: str) -> None:
        rng = self._rng
        first, _, third, fourth, fifth = settled
        spread = rng.beta(1.1, 2.2, first.size)
        self._choose(first, np.sort(OLD[0] - (OLD[0] - LOWEST_RENT) * spread), c)
        above = story.BOVEN_GRENS_2025[c]
        capped, free = third[: third.size - above], third[third.size - above :]
        self._choose(free, rng.uniform(713.03, 731.0, free.size), c, 0.03)
        self.rent[capped, 2] = np.round(rng.uniform(713.03, 727.0, capped.size), 2)
        self.rent[capped, 3] = self.rent[capped, 2]
        spread = np.sort(rng.beta(1.0, 1.6, fourth.size))
        self._choose(fourth, NEW[2] + 0.01 + (893.0 - NEW[2]) * spread, c)
        self._choose(fifth, rng.uniform(NEW[3] + 0.01, 1015.0, fifth.size), c)

    def _set_added(self, new: Ints, bought: Ints, c: str) -> None:
        rng = self._rng
        earlier, later = new[self._in_2025[new]], new[~self._in_2025[new]]
        self._choose(earlier, rng.uniform(624.0, 681.0, earlier.size), c)
        self._choose(bought, rng.uniform(560.0, 640.0, bought.size), c)
        # No increase in the first year of a contract.
        self.rent[later, 2] = self.rent[later, 3] = np.round(
            rng.uniform(652.0, 712.0, later.size), 2
        )

    def _set_market(self, where: Ints, c: str) -> None:
        """Rents above the DAEB limit of the year in which the contract started."""
        self._choose(where, self._rng.uniform(975.0, 1130.0, where.size), c)
        latest = where[self._new[where] & ~self._in_2025[where]]
        self.rent[latest, 3] = self.rent[latest, 2]

    def _aim_for_mean(self, mine: npt.NDArray[np.bool_], second: Ints, c: str) -> None:
        """Rents of the second class such that the mean at the end of 2025 is the story's."""
        outside = np.setdiff1d(np.flatnonzero(self._counted(mine, Q_2025)), second)
        total = story.GEMIDDELDE_HUUR_2025[c] * (outside.size + second.size)
        wanted = total - float(self.rent[outside, 2].sum())
        spread = np.sort(self._rng.uniform(0, 1, second.size))
        low = NEW[0] + 0.01
        strong, weak = 0.1, 8.0
        for _ in range(60):
            power = (strong + weak) / 2
            rent = low + (OLD[1] - low) * spread**power
            strong, weak = (power, weak) if float(rent.sum()) > wanted else (strong, power)
        self._choose(second, rent, c)

    def _clear_of_strips(self, where: Ints, movers: Ints) -> None:
        """Rounding must not leave a rent on the wrong side of a strip."""
        keep = np.setdiff1d(where, movers)
        for low, high in zip(OLD, NEW, strict=True):
            rent = self.rent[keep, 2]
            self.rent[keep[(rent > low) & (rent <= high)], 2] = low

    def _look_back(self, where: Ints, c: str) -> None:
        for span, rise in ((1, story.HUURVERHOGING[c][1]), (0, story.HUURVERHOGING[c][0])):
            draw = self._rng.uniform(0.94, 1.06, where.size)
            market = np.where(span == 1, MARKET_RISE_2025, rise) * np.minimum(draw, 1.01)
            factor = 1 + np.where(self._daeb[where], rise * draw, market) / 100
            self.rent[where, span] = np.round(self.rent[where, span + 1] / factor, 2)
            started = self._homes["in_q"].to_numpy()[where]
            july = FIRST_QUARTER[span + 1]
            new = where[self._new[where] & (july - 4 < started) & (started < july)]
            # no increase in the first year of a contract
            self.rent[new, span] = self.rent[new, span + 1]

    def _put_on_limits(self, settled: list[Ints]) -> None:
        """Some contracts start exactly on a limit, as after a change of tenant."""
        first, second, third, fourth, _ = settled
        for where, limit in zip((first[-3:], second[-3:], third[-2:], fourth[-2:]), NEW,
                                strict=True):  # fmt: skip
            self.rent[where, 3] = limit
        for where, limit in zip((first[-6:-3], second[-6:-3], third[-4:-2]), OLD[:3], strict=True):
            self.rent[where, 2] = limit
