"""The homes of the sample: where they stand, whose they are, and what happens to them.

Every count of story.py is met by allotting whole homes: first tables per corporation and wijk with
exact margins (margins.fit_table), then homes are ranked inside each cell (old and poorly insulated
complexes first) and the first so many get the role. Quarters follow from weights per event, so
that the quarters in between move steadily.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from local.sample import areas, story
from local.sample.margins import fit_table, largest_remainder
from local.sample.moments import double_claim, pick, staying
from local.sample.plan import (
    CORPS,
    LEAVING,
    NEVER,
    NUMBERS,
    PERIODS,
    Q_LAST,
    QUARTER,
    WORKS,
    Cells,
    Ints,
    bridge,
    flow,
    plan_cells,
    quarters_of,
)
from local.sample.rents import set_rents
from local.sample.seeds import Dice
from local.sample.traits import (
    set_care,
    set_condition,
    set_daeb,
    set_exemptions,
    set_heat,
    set_labels,
    set_solar,
    set_status,
)


def make_homes(dice: Dice) -> pd.DataFrame:
    """All homes that any corporation delivers in any quarter, with their fate.

    One row per home. Quarters are indexes in story.PEILDATA: in POP_B from `in_q` until before
    `uit_q`; label E/F/G while `was_efg`, from `eerste_q`, until before `eind_q`.
    """
    cells = plan_cells()
    homes = _give_roles(_place_old_homes(cells, dice), cells, dice)
    homes = pd.concat([homes, _additions(homes, dice)], ignore_index=True)
    homes = _details(homes, dice)
    set_daeb(homes, dice)
    set_exemptions(homes, dice)
    set_labels(homes, dice)
    set_care(homes, dice)
    set_solar(homes, dice)
    set_heat(homes, dice)
    set_status(homes, dice)
    set_rents(homes, dice)
    set_condition(homes, dice)
    return homes


def _buurt_weights() -> pd.DataFrame:
    figures = areas.read_figures()
    year = figures[figures["jaar"].eq(2019)].set_index("gebied")
    places = areas.buurten()
    places["voorraad"] = year.loc[places["code"], "woningvoorraad"].to_numpy()
    places["corporatie_pct"] = year.loc[places["code"], "corporatie_pct"].fillna(0).to_numpy()
    places["eengezins_pct"] = year.loc[places["code"], "eengezins_pct"].fillna(100).to_numpy()
    places["nummer"] = places["wijk"].str[6:].astype(int)
    places["weight"] = places["voorraad"] * places["corporatie_pct"]
    return places


def _place_old_homes(cells: Cells, dice: Dice) -> pd.DataFrame:
    """Homes that were there before 2024, in buurten and complexes."""
    new_2024 = np.zeros_like(cells.stock)
    for o in story.OPLEVERINGEN:
        if o.peildatum.year == story.START.year:
            new_2024[CORPS.index(o.corporatie), NUMBERS.index(o.wijk)] += o.sociaal + o.midden
    old = cells.stock - new_2024 + cells.gone_2024
    places = _buurt_weights()
    rng = dice.stream("complexen")
    blocks = []
    for j, number in enumerate(NUMBERS):
        if old[:, j].sum() == 0:
            continue
        here = places[places["nummer"].eq(number) & places["weight"].gt(0)]
        per_buurt = largest_remainder(here["weight"], int(old[:, j].sum()))
        noise = rng.uniform(0.3, 1.7, (len(CORPS), len(here)))
        table = fit_table(np.outer(old[:, j], per_buurt) * noise + 1e-9, old[:, j], per_buurt)
        for i, corporation in enumerate(CORPS):
            for k, buurt in enumerate(here.itertuples()):
                count = int(table[i, k])
                if not count:
                    continue
                parts = max(1, round(count / 42))
                sizes = largest_remainder(rng.uniform(0.5, 1.5, parts), count)
                era = rng.choice(
                    [1912, 1928, 1951, 1960, 1969, 1979, 1988, 1996, 2006, 2014],
                    parts,
                    p=[0.05, 0.08, 0.16, 0.19, 0.17, 0.13, 0.10, 0.05, 0.04, 0.03],
                )
                blocks.append(
                    pd.DataFrame(
                        {
                            "corporatie": corporation,
                            "wijk": number,
                            "buurt": buurt.code,
                            "complex": np.arange(parts),
                            "omvang": sizes,
                            "bouwjaar": era + rng.integers(-5, 6, parts),
                            "mgw": rng.uniform(0, 100, parts) > 0.75 * float(buurt.eengezins_pct),
                            "complexruis": rng.normal(0, 0.35, parts),
                        }
                    )
                )
    complexes = pd.concat(blocks, ignore_index=True)
    complexes["complex"] = np.arange(len(complexes))
    homes = complexes.loc[complexes.index.repeat(complexes["omvang"])].reset_index(drop=True)
    age = np.interp(
        homes["bouwjaar"],
        [1900, 1945, 1965, 1975, 1985, 1992, 2000, 2020],
        [0.9, 1.0, 0.95, 0.75, 0.2, -0.4, -1.0, -2.0],
    )
    homes["slecht"] = age + homes["complexruis"] + rng.normal(0, 0.22, len(homes))
    return homes.drop(columns=["omvang", "complexruis"])


class _Line:
    """The homes of one corporation in one wijk, worst first, handed out once."""

    def __init__(self, homes: Ints) -> None:
        self._homes = homes

    def take(self, count: int) -> Ints:
        if count > self._homes.size:
            raise ValueError("a wijk has fewer homes than the story asks for")
        taken, self._homes = self._homes[:count], self._homes[count:]
        return taken

    def rest(self) -> Ints:
        return self._homes


def _give_roles(homes: pd.DataFrame, cells: Cells, dice: Dice) -> pd.DataFrame:
    """Who is E/F/G when, who is improved, demolished, sold, registered late, or never.

    Inside a cell the worst homes are E/F/G at the start; the next ones were so until 2024, or are
    found to be so later. Works and demolition go complex by complex, sales do not.
    """
    rng = dice.stream("rollen")
    homes = homes.sort_values(
        ["corporatie", "wijk", "slecht"], ascending=[True, True, False], kind="stable"
    ).reset_index(drop=True)
    shuffled = rng.permutation(int(homes["complex"].max()) + 1)
    homes["projectrij"] = shuffled[homes["complex"]]
    homes["eind"] = ""
    homes["was_efg"] = False
    homes["periode"] = 0
    homes["eerste_in"] = -1
    turn = homes["projectrij"].to_numpy()
    role = homes["eind"].to_numpy(dtype=object).copy()
    efg = homes["was_efg"].to_numpy().copy()
    period = homes["periode"].to_numpy().copy()
    first = homes["eerste_in"].to_numpy().copy()
    members = homes.groupby(["corporatie", "wijk"], sort=False).indices
    for (corporation, wijk), where in members.items():
        i, j = CORPS.index(corporation), NUMBERS.index(wijk)
        line = _Line(where)
        poor = line.take(int(cells.efg_start[i, j]))
        by_project = _Line(poor[np.argsort(turn[poor], kind="stable")])
        for name in ("gesloopt", "verbeterd"):
            role[by_project.take(int(cells.efg_out[name, 1][i, j]))] = name
        scattered = _Line(rng.permutation(by_project.rest()))
        for name in ("verkocht", "hergeregistreerd"):
            role[scattered.take(int(cells.efg_out[name, 1][i, j]))] = name
        first[scattered.take(int(cells.first_registered[0][i, j]))] = 0
        late = line.take(int(cells.first_registered[1][i, j]))
        first[late] = 1
        period[poor] = period[late] = 1
        efg[poor] = efg[late] = True
        for name in WORKS:
            chosen = line.take(int(cells.efg_out[name, 0][i, j]))
            role[chosen] = name
            efg[chosen] = True
        for when in (0, 1):
            chosen = line.take(int(cells.other_out["gesloopt", when][i, j]))
            role[chosen], period[chosen] = "gesloopt", when
        better = _Line(rng.permutation(line.rest()))
        for when in (0, 1):
            chosen = better.take(int(cells.other_out["verkocht", when][i, j]))
            role[chosen], period[chosen] = "verkocht", when
        merges = any(o[0] == corporation and o[2] < 0 for o in story.OVERIG)
        if merges and j == int(np.argmax(cells.stock[i])):
            role[better.take(1)] = "samengevoegd"
    homes["eind"], homes["was_efg"], homes["periode"] = role, efg, period
    homes["eerste_in"] = first
    _schedule(homes, rng)
    _mark_never(homes, rng)
    return homes.drop(columns=["periode", "eerste_in"])


def _schedule(homes: pd.DataFrame, rng: np.random.Generator) -> None:
    """Give every event its quarter; works go complex by complex."""
    roles = homes["eind"].to_numpy()
    efg = homes["was_efg"].to_numpy()
    period = homes["periode"].to_numpy()
    corp = homes["corporatie"].to_numpy()
    turn = homes["projectrij"].to_numpy()
    first_in = homes["eerste_in"].to_numpy()
    end = np.full(len(homes), NEVER)
    first = np.full(len(homes), -1)
    for c, name, poor, (when, years) in product(
        CORPS, WORKS, (True, False), list(enumerate(PERIODS))
    ):
        if not poor and name not in LEAVING:
            continue
        chosen = np.flatnonzero((corp == c) & (roles == name) & (efg == poor) & (period == when))
        if name in ("verkocht", "hergeregistreerd"):
            order = rng.permutation(chosen)
        else:
            order = chosen[np.argsort(turn[chosen], kind="stable")]
        totals = {y: bridge(name, c, (y,)) for y in years}
        if not poor:
            totals = {y: flow(name, c, (y,)) - t for y, t in totals.items()}
        end[order] = quarters_of(name, totals)
    for c, (when, years) in product(CORPS, list(enumerate(PERIODS))):
        chosen = rng.permutation(np.flatnonzero((corp == c) & (first_in == when)))
        totals = {y: bridge("eerste_registratie", c, (y,)) for y in years}
        first[chosen] = quarters_of("eerste_registratie", totals)
    end[roles == "samengevoegd"] = QUARTER[next(o[1] for o in story.OVERIG if o[2] < 0)]
    reason = pd.Series(roles).map({"gesloopt": "SLO", "verkocht": "VAH", "samengevoegd": "SAM"})
    homes["eind_q"] = end
    homes["eerste_q"] = first
    homes["uit_reden"] = reason.fillna("")
    homes["uit_q"] = np.where(homes["uit_reden"].ne(""), end, NEVER)
    homes["in_q"] = -1
    homes["groep"] = "oud"


def _mark_never(homes: pd.DataFrame, rng: np.random.Generator) -> None:
    """Homes without any certificate on 30-9-2026, and others whose first one came in 2024-2026."""
    homes["nooit"] = False
    free = (~homes["was_efg"] & homes["eind"].eq("")).to_numpy()
    for c in CORPS:
        pool = rng.permutation(np.flatnonzero(free & homes["corporatie"].eq(c).to_numpy()))
        n = story.NOOIT_LABEL[c]
        homes.loc[pool[:n], "nooit"] = True
        late = pool[n : n + n // 2]
        homes.loc[late, "eerste_q"] = rng.integers(1, Q_LAST + 1, late.size)


def _additions(homes: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """New, bought and split homes of 2024-2026."""
    rng = dice.stream("toevoegingen")
    biggest = homes.groupby(["corporatie", "wijk"])["buurt"].agg(
        lambda b: b.value_counts().index[0]
    )
    rows = []
    next_complex = int(homes["complex"].max()) + 1

    def add(corporation: str, wijk: int, buurt: str, q: int, count: int, **values: object) -> None:
        nonlocal next_complex
        base = {
            "corporatie": corporation,
            "wijk": wijk,
            "buurt": buurt,
            "complex": next_complex,
            "mgw": False,
            "slecht": -3.0,
            "was_efg": False,
            "eerste_q": q,
            "eind": "",
            "eind_q": NEVER,
            "in_q": q,
            "uit_q": NEVER,
            "uit_reden": "",
            "nooit": False,
            "projectrij": 0,
            "segment": "",
        }
        next_complex += 1
        rows.extend([base | values] * count)

    for o in story.OPLEVERINGEN:
        q = QUARTER[o.peildatum]
        buurt = biggest[(o.corporatie, o.wijk)]
        for segment, count in (("sociaal", o.sociaal), ("midden", o.midden)):
            if count:
                add(
                    o.corporatie,
                    o.wijk,
                    buurt,
                    q,
                    count,
                    groep="nieuw",
                    segment=segment,
                    bouwjaar=o.peildatum.year,
                    mgw=o.wijk in (33, 40, 21),
                )
    for a in story.AANKOPEN:
        add(
            a.corporatie,
            int(a.buurt[6:8]),
            a.buurt,
            QUARTER[a.peildatum],
            a.aantal,
            groep="aankoop",
            was_efg=a.efg,
            eerste_q=-1,
            bouwjaar=1958,
            slecht=1.0 + float(rng.normal(0, 0.1)),
        )
    for corporation, when, count in story.OVERIG:
        if count > 0:
            add(
                corporation,
                33,
                biggest[(corporation, 33)],
                QUARTER[when],
                count,
                groep="splitsing",
                bouwjaar=1961,
                slecht=0.3,
            )
    return pd.DataFrame(rows)


def _details(homes: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Type, surface, address and identifiers. Order of rows is the order of addresses."""
    rng = dice.stream("details")
    homes["segment"] = homes["segment"].fillna("")
    n = len(homes)
    homes["gebruiksoppervlakte"] = np.where(
        homes["mgw"], rng.normal(68, 12, n), rng.normal(94, 15, n)
    ).clip(31, 190).round().astype(int)  # fmt: skip
    kind = rng.uniform(0, 1, n)
    homes["detail_soort"] = np.where(
        homes["mgw"],
        np.select([kind < 0.45, kind < 0.8, kind < 0.92], ["GAL", "POF", "BOV"], "MAI"),
        np.select([kind < 0.62, kind < 0.9, kind < 0.98], ["TUS", "HOE", "TWE"], "VRI"),
    )
    homes["in_reden"] = homes["groep"].map(
        {"oud": "NIE", "nieuw": "NIE", "aankoop": "AAN", "splitsing": "SPL"}
    )
    start = np.array(story.PEILDATA, dtype="datetime64[D]")
    quarter = homes["in_q"].clip(lower=0).to_numpy()
    recent = start[quarter] - rng.integers(5, 80, n)
    long_ago = ((homes["bouwjaar"].to_numpy().astype(int) - 1970).astype("datetime64[Y]")).astype(
        "datetime64[D]"
    ) + rng.integers(60, 700, n)
    long_ago = np.minimum(long_ago, np.datetime64("2023-11-15"))
    homes["in_datum"] = np.where(homes["in_q"].to_numpy() >= 0, recent, long_ago)
    homes["uit_datum"] = start[homes["uit_q"].clip(upper=Q_LAST).to_numpy()] - rng.integers(
        1, 80, n
    )
    bought = np.flatnonzero(double_claim(homes))
    homes.loc[bought, "in_datum"] = np.datetime64("2026-05-18")
    homes["zonder_adres"] = False
    for corporation, count in story.ZONDER_ADRES.items():
        pool = staying(homes) & homes["corporatie"].eq(corporation).to_numpy()
        pool &= ~homes["nooit"].to_numpy() & homes["eerste_q"].eq(-1).to_numpy()
        homes.loc[pick(pool, count, rng), "zonder_adres"] = True
    return homes
