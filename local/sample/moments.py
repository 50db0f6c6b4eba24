"""Who is what on which peildatum: questions to the table of homes, answered as masks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.sample import story
from local.sample.plan import NEVER, QUARTER, Ints

Mask = npt.NDArray[np.bool_]


def staying(homes: pd.DataFrame) -> Mask:
    """There before 2024 and still there at the end."""
    return (homes["groep"].eq("oud") & homes["uit_q"].eq(NEVER)).to_numpy()


def owned(homes: pd.DataFrame, quarter: int) -> Mask:
    return (homes["in_q"].le(quarter) & homes["uit_q"].gt(quarter)).to_numpy()


def double_claim(homes: pd.DataFrame) -> Mask:
    """The homes that a second corporation delivers too."""
    _, owner, peildatum, count = story.DUBBELE_CLAIM
    mine = homes["groep"].eq("aankoop") & homes["corporatie"].eq(owner)
    first = mine & homes["in_q"].eq(QUARTER[peildatum])
    return (first & first.cumsum().le(count)).to_numpy()


def is_efg(homes: pd.DataFrame, quarter: int) -> Mask:
    return (
        homes["was_efg"]
        & homes["eerste_q"].le(quarter)
        & homes["eind_q"].gt(quarter)
        & homes["in_q"].le(quarter)
    ).to_numpy()


def temporarily_out(homes: pd.DataFrame, quarter: int) -> Mask:
    day = np.datetime64(story.PEILDATA[quarter])
    return (homes["uit_van"].to_numpy() <= day) & (day < homes["uit_tot"].to_numpy())


def vacant(homes: pd.DataFrame, quarter: int) -> Mask:
    day = np.datetime64(story.PEILDATA[quarter])
    empty = (homes["leeg_van"].to_numpy() <= day) & (day < homes["leeg_tot"].to_numpy())
    return empty & ~temporarily_out(homes, quarter)


def not_yet_let(homes: pd.DataFrame, quarter: int) -> Mask:
    return vacant(homes, quarter) & homes["groep"].eq("nieuw").to_numpy()


def in_zuid(homes: pd.DataFrame) -> Mask:
    zuid = {w.nummer for w in story.WIJKEN if not w.noord}
    return homes["wijk"].isin(zuid).to_numpy()


def pick(
    pool: Mask,
    count: int,
    rng: np.random.Generator,
    weight: npt.NDArray[np.float64] | None = None,
) -> Ints:
    """`count` positions out of a mask, heavier ones more likely."""
    where = np.flatnonzero(pool)
    if where.size < count:
        raise ValueError(f"{count} homes wanted, {where.size} to choose from")
    key = -np.log(rng.uniform(1e-12, 1, where.size))
    if weight is not None:
        key = key / weight[where]
    return where[np.argsort(key, kind="stable")[:count]]
