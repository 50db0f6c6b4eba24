"""The homes of the sample: where they stand, whose they are, and what happens to them.

Every count of story.py is met by allotting whole homes: first tables per corporation and wijk with
exact margins (margins.fit_table), then homes are ranked inside each cell (old and poorly insulated
complexes first) and the first so many get the role. Quarters follow from weights per event, so
that the quarters in between move steadily.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.sample import areas, story
from local.sample.margins import fit_table, largest_remainder
from local.sample.seeds import Dice

NOOIT: Final = 99  # later than the last quarter
CORPS: Final = tuple(story.CORPORATIES)
NUMBERS: Final = tuple(w.nummer for w in story.WIJKEN)
QUARTER: Final = {p: i for i, p in enumerate(story.PEILDATA)}
Q_START: Final = QUARTER[story.START]
Q_2025: Final = QUARTER[date(2025, 12, 31)]
Q_LAST: Final = QUARTER[story.LAATSTE]

PC4_OF_WIJK: Final = {
    10: 6433, 11: 6433, 12: 6431, 13: 6432, 14: 6432, 20: 6414, 21: 6413, 22: 6414, 23: 6414,
    24: 6413, 30: 6412, 31: 6415, 32: 6415, 33: 6411, 34: 6412, 35: 6421, 36: 6419, 37: 6417,
    38: 6417, 39: 6416, 40: 6418, 41: 6418, 42: 6422,
}  # fmt: skip
LETTERS: Final = "ABCDEGHJKLMNPRSTVWXZ"
PER_POSTCODE: Final = 28

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """Tables corporation x wijk that everything else is allotted from."""

    stock: Ints
    efg_start: Ints
    efg_last: Ints
    first: Ints
    out: dict[str, Ints]
    out_2024: dict[str, Ints]
    first_2024: Ints


def quarter_counts(component: str, year: int, total: int) -> list[tuple[int, int]]:
    """(quarter, count) for an event of which a year has `total`; 2026 has three quarters."""
    quarters = [i for p, i in QUARTER.items() if p.year == year]
    weights = story.KWARTAALGEWICHTEN[component][: len(quarters)]
    return list(zip(quarters, largest_remainder(weights, total).tolist(), strict=True))


def bridge(component: str, corporation: str, years: tuple[int, ...]) -> int:
    return sum(
        getattr(s, component)
        for s in story.EFG_BRUG
        if s.corporatie == corporation and s.jaar in years
    )


def flow(name: str, corporation: str, years: tuple[int, ...]) -> int:
    return sum(
        getattr(s, name) for s in story.STROMEN if s.corporatie == corporation and s.jaar in years
    )


def plan_cells() -> Cells:
    """Stock, E/F/G and its movements per corporation and wijk, all margins as in the story."""
    wijken = {w.nummer: w for w in story.WIJKEN}
    size = np.array([w.woningen for w in story.WIJKEN])
    efg0 = np.array([w.efg_start for w in story.WIJKEN])
    efg1 = np.array([w.efg_laatste for w in story.WIJKEN])
    owned = np.array([story.BEZIT_START[c] for c in CORPS])
    liking = np.array([[story.VOORKEUR.get((c, w), 1.0) for w in NUMBERS] for c in CORPS])
    stock = fit_table(np.outer(owned, size) * liking, owned, size)

    rate = np.divide(efg0, size, out=np.zeros(size.size), where=size > 0)
    corp_rate = np.array([story.EFG_START[c] / story.BEZIT_START[c] for c in CORPS])
    efg_start = fit_table(
        stock * rate[None, :] * corp_rate[:, None],
        [story.EFG_START[c] for c in CORPS],
        efg0,
        cap=(stock * 0.8).astype(int),
    )

    later = (2025, 2026)
    first = np.array(
        [largest_remainder(efg_start[i], bridge("eerste_registratie", c, later))
         for i, c in enumerate(CORPS)]
    )  # fmt: skip
    bought = np.zeros_like(stock)
    for a in story.AANKOPEN:
        if a.efg:
            bought[CORPS.index(a.corporatie), NUMBERS.index(int(a.buurt[6:8]))] += a.aantal
    most = efg_start + first + bought
    keep = np.divide(efg1, efg0, out=np.zeros(size.size), where=efg0 > 0)
    seed = most * keep[None, :]
    for corporation, wijk in story.SLOOPWIJK.items():
        seed[CORPS.index(corporation), NUMBERS.index(wijk)] *= 4
    efg_last = fit_table(seed, [story.efg(c, story.LAATSTE) for c in CORPS], efg1, cap=most)

    leaving = most - efg_last
    names = ("verbeterd", "gesloopt", "verkocht", "hergeregistreerd")
    out = {name: np.zeros_like(stock) for name in names}
    for i, c in enumerate(CORPS):
        totals = [bridge(name, c, later) for name in names]
        table = fit_table(np.outer(leaving[i], np.maximum(totals, 1e-6)), leaving[i], totals)
        for k, name in enumerate(names):
            out[name][i] = table[:, k]
    out_2024 = {
        name: np.array(
            [largest_remainder(efg_start[i], bridge(name, c, (2024,))) for i, c in enumerate(CORPS)]
        )
        for name in names
    }
    first_2024 = np.array(
        [largest_remainder(efg_last[i], bridge("eerste_registratie", c, (2024,)))
         for i, c in enumerate(CORPS)]
    )  # fmt: skip
    del wijken
    return Cells(stock, efg_start, efg_last, first, out, out_2024, first_2024)


def make_homes(dice: Dice) -> pd.DataFrame:
    """All homes that any corporation delivers in any quarter, with their fate.

    One row per home. Quarters are indexes in story.PEILDATA: in POP_B from `in_q` until before
    `uit_q`; label E/F/G while `was_efg`, from `eerste_q`, until before `eind_q`.
    """
    cells = plan_cells()
    homes = _place_old_homes(cells, dice)
    homes = _give_roles(homes, cells, dice)
    homes = pd.concat([homes, _additions(homes, dice)], ignore_index=True)
    homes = _details(homes, dice)
    _set_daeb(homes, dice)
    _set_exemptions(homes, dice)
    _set_labels(homes, dice)
    _set_solar(homes, dice)
    _set_heat(homes, dice)
    _set_status(homes, dice)
    _set_rents(homes, dice)
    _set_condition(homes, dice)
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
    gone_2024 = np.array(
        [
            largest_remainder(cells.efg_start[i], flow("gesloopt", c, (2024,)))
            + largest_remainder(cells.stock[i], flow("verkocht", c, (2024,)))
            for i, c in enumerate(CORPS)
        ]
    )
    old = cells.stock - new_2024 + gone_2024
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


def _give_roles(homes: pd.DataFrame, cells: Cells, dice: Dice) -> pd.DataFrame:
    """Who is E/F/G when, who is improved, demolished, sold, registered late, or never."""
    rng = dice.stream("rollen")
    homes = homes.sort_values(
        ["corporatie", "wijk", "slecht"], ascending=[True, True, False], kind="stable"
    ).reset_index(drop=True)
    homes["groep"] = "oud"
    homes["was_efg"] = False
    homes["eerste_q"] = -1
    homes["eind"] = ""
    homes["eind_q"] = NOOIT
    homes["in_q"] = -1
    homes["uit_q"] = NOOIT
    homes["uit_reden"] = ""
    homes["nooit"] = False
    homes["jaarblok"] = 0
    complex_key = rng.permutation(int(homes["complex"].max()) + 1)
    homes["projectrij"] = complex_key[homes["complex"]]
    position = homes.groupby(["corporatie", "wijk"], sort=False).indices
    role = np.full(len(homes), "", dtype=object)
    period = np.zeros(len(homes), dtype=int)
    efg = np.zeros(len(homes), dtype=bool)
    first = np.full(len(homes), "", dtype=object)

    for i, c in enumerate(CORPS):
        stay_total_non_demolished = {
            (y0, y1): largest_remainder(
                cells.efg_start[i], flow("gesloopt", c, years) - bridge("gesloopt", c, years)
            )
            for years in ((2024,), (2025, 2026))
            for y0, y1 in [(years[0], years[-1])]
        }
        sold_plain = {
            years[0]: largest_remainder(
                cells.stock[i], flow("verkocht", c, years) - bridge("verkocht", c, years)
            )
            for years in ((2024,), (2025, 2026))
        }
        # What left in 2024 was placed with its own rounding; here the same rounding is split.
        demolished_2024 = largest_remainder(cells.efg_start[i], flow("gesloopt", c, (2024,)))
        sold_2024 = largest_remainder(cells.stock[i], flow("verkocht", c, (2024,)))
        efg_dem_2024 = np.minimum(cells.out_2024["gesloopt"][i], demolished_2024)
        efg_dem_2024 = _top_up(efg_dem_2024, demolished_2024, bridge("gesloopt", c, (2024,)))
        efg_sold_2024 = np.minimum(cells.out_2024["verkocht"][i], sold_2024)
        efg_sold_2024 = _top_up(efg_sold_2024, sold_2024, bridge("verkocht", c, (2024,)))
        other = 1 if any(o[0] == c and o[2] < 0 for o in story.OVERIG) else 0
        other_cell = int(np.argmax(cells.stock[i]))
        for j, number in enumerate(NUMBERS):
            members = position.get((c, number))
            if members is None:
                continue
            queue = list(members)
            cursor = 0

            def take(count: int) -> npt.NDArray[np.int64]:
                nonlocal cursor
                chosen = np.array(queue[cursor : cursor + count], dtype=np.int64)
                cursor += count
                if chosen.size != count:
                    raise ValueError("a wijk has fewer homes than the story asks for")
                return chosen

            stock_efg = take(int(cells.efg_start[i, j]))
            efg[stock_efg] = True
            ordered = stock_efg[
                np.argsort(homes["projectrij"].to_numpy()[stock_efg], kind="stable")
            ]
            n_dem = int(cells.out["gesloopt"][i, j])
            n_imp = int(cells.out["verbeterd"][i, j])
            role[ordered[:n_dem]] = "gesloopt"
            role[ordered[n_dem : n_dem + n_imp]] = "verbeterd"
            rest = rng.permutation(ordered[n_dem + n_imp :])
            n_sold = int(cells.out["verkocht"][i, j])
            n_rereg = int(cells.out["hergeregistreerd"][i, j])
            role[rest[:n_sold]] = "verkocht"
            role[rest[n_sold : n_sold + n_rereg]] = "hergeregistreerd"
            stay = rest[n_sold + n_rereg :]
            # The remaining outflow of this cell may exceed its own stock of E/F/G by late
            # registrations or purchases; those homes do not leave again, so it never does.
            first[stay[: int(cells.first_2024[i, j])]] = "2024"
            period[stock_efg] = 1

            for component, counts in (
                ("gesloopt", efg_dem_2024),
                ("verkocht", efg_sold_2024),
                ("verbeterd", cells.out_2024["verbeterd"][i]),
                ("hergeregistreerd", cells.out_2024["hergeregistreerd"][i]),
            ):
                chosen = take(int(counts[j]))
                efg[chosen] = True
                role[chosen] = component
            late = take(int(cells.first[i, j]))
            efg[late] = True
            first[late] = "later"
            period[late] = 1
            for count, component, when in (
                (int(stay_total_non_demolished[(2025, 2026)][j]), "gesloopt", 1),
                (int(demolished_2024[j] - efg_dem_2024[j]), "gesloopt", 0),
            ):
                chosen = take(count)
                role[chosen] = component
                period[chosen] = when
            rest = rng.permutation(np.array(queue[cursor:], dtype=np.int64))
            n_sold = int(sold_plain[2025][j])
            role[rest[:n_sold]] = "verkocht"
            period[rest[:n_sold]] = 1
            n_sold_2024 = int(sold_2024[j] - efg_sold_2024[j])
            role[rest[n_sold : n_sold + n_sold_2024]] = "verkocht"
            if other and j == other_cell:
                role[rest[n_sold + n_sold_2024]] = "samengevoegd"

    homes["was_efg"] = efg
    homes["eind"] = role
    homes["periode"] = period
    homes["eerste"] = first
    _schedule(homes, rng)
    _mark_never(homes, rng)
    return homes.drop(columns=["jaarblok", "eerste", "periode"])


def _top_up(counts: Ints, most: Ints, total: int) -> Ints:
    """Raise counts, never above `most`, until they add up to `total`."""
    counts = counts.copy()
    while counts.sum() < total:
        counts[int(np.argmax(most - counts))] += 1
    return counts


def _schedule(homes: pd.DataFrame, rng: np.random.Generator) -> None:
    """Give every event its quarter; works go complex by complex."""
    roles = homes["eind"].to_numpy()
    efg = homes["was_efg"].to_numpy()
    period = homes["periode"].to_numpy()
    corp = homes["corporatie"].to_numpy()
    end = homes["eind_q"].to_numpy().copy()
    first_q = homes["eerste_q"].to_numpy().copy()
    late = homes["eerste"].to_numpy()
    for c in CORPS:
        for name in ("verbeterd", "gesloopt", "verkocht", "hergeregistreerd"):
            for poor in (True, False) if name in ("gesloopt", "verkocht") else (True,):
                for when, years in ((0, (2024,)), (1, (2025, 2026))):
                    chosen = np.flatnonzero(
                        (corp == c) & (roles == name) & (efg == poor) & (period == when)
                    )
                    order = chosen[
                        np.argsort(homes["projectrij"].to_numpy()[chosen], kind="stable")
                    ]
                    if name in ("verkocht", "hergeregistreerd"):
                        order = rng.permutation(order)
                    plan: list[int] = []
                    for year in years:
                        total = bridge(name, c, (year,))
                        if not poor:
                            total = flow(name, c, (year,)) - total
                        for quarter, count in quarter_counts(name, year, total):
                            plan += [quarter] * count
                    if len(plan) != order.size:
                        raise ValueError(f"{c} {name}: {order.size} homes, {len(plan)} planned")
                    end[order] = plan
        for label, years in (("2024", (2024,)), ("later", (2025, 2026))):
            chosen = rng.permutation(np.flatnonzero((corp == c) & (late == label)))
            plan = []
            for year in years:
                total = bridge("eerste_registratie", c, (year,))
                for quarter, count in quarter_counts("eerste_registratie", year, total):
                    plan += [quarter] * count
            first_q[chosen] = plan
    merged = roles == "samengevoegd"
    end[merged] = QUARTER[next(o[1] for o in story.OVERIG if o[2] < 0)]
    gone = np.isin(roles, ["gesloopt", "verkocht", "samengevoegd"])
    homes["eind_q"] = end
    homes["eerste_q"] = first_q
    homes["uit_q"] = np.where(gone, end, NOOIT)
    homes["uit_reden"] = np.select(
        [roles == "gesloopt", roles == "verkocht", roles == "samengevoegd"],
        ["SLO", "VAH", "SAM"],
        "",
    )


def _mark_never(homes: pd.DataFrame, rng: np.random.Generator) -> None:
    """Homes without any certificate on 30-9-2026, and others whose first one came in 2024-2026."""
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
            "eind_q": NOOIT,
            "in_q": q,
            "uit_q": NOOIT,
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
        homes.loc[_pick(pool, count, rng), "zonder_adres"] = True
    return homes


def _pick(
    pool: npt.NDArray[np.bool_],
    count: int,
    rng: np.random.Generator,
    weight: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.int64]:
    """`count` positions out of a mask, heavier ones more likely."""
    where = np.flatnonzero(pool)
    if where.size < count:
        raise ValueError(f"{count} homes wanted, {where.size} to choose from")
    key = -np.log(rng.uniform(1e-12, 1, where.size))
    if weight is not None:
        key = key / weight[where]
    return where[np.argsort(key, kind="stable")[:count]]


def _zuid(homes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    zuid = {w.nummer for w in story.WIJKEN if not w.noord}
    return homes["wijk"].isin(zuid).to_numpy()


def staying(homes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """There before 2024 and still there at the end."""
    return (homes["groep"].eq("oud") & homes["uit_q"].eq(NOOIT)).to_numpy()


def owned(homes: pd.DataFrame, quarter: int) -> npt.NDArray[np.bool_]:
    return (homes["in_q"].le(quarter) & homes["uit_q"].gt(quarter)).to_numpy()


def double_claim(homes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """The homes that a second corporation delivers too."""
    _, owner, peildatum, count = story.DUBBELE_CLAIM
    mine = homes["groep"].eq("aankoop") & homes["corporatie"].eq(owner)
    first = mine & homes["in_q"].eq(QUARTER[peildatum])
    return (first & first.cumsum().le(count)).to_numpy()


def is_efg(homes: pd.DataFrame, quarter: int) -> npt.NDArray[np.bool_]:
    return (
        homes["was_efg"]
        & homes["eerste_q"].le(quarter)
        & homes["eind_q"].gt(quarter)
        & homes["in_q"].le(quarter)
    ).to_numpy()


def _set_daeb(homes: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("daeb")
    homes["daeb"] = ~homes["segment"].eq("midden")
    weight = np.where(_zuid(homes), 3.0, 1.0) * np.exp(-homes["slecht"].to_numpy(dtype=float))
    for c in CORPS:
        mine = homes["corporatie"].eq(c).to_numpy()
        now = mine & owned(homes, Q_LAST)
        already = int((now & ~homes["daeb"].to_numpy()).sum())
        wanted = int(now.sum()) - story.DAEB_LAATSTE[c] - already
        pool = mine & staying(homes) & ~homes["was_efg"].to_numpy()
        homes.loc[_pick(pool, wanted, rng, weight), "daeb"] = False


def _set_exemptions(homes: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("uitzonderingen")
    homes["uitzondering"] = ""
    homes["uitzondering_vanaf"] = np.datetime64("NaT")
    homes["monument"] = "GEEN"
    homes["vve"] = rng.uniform(0, 1, len(homes)) < np.where(homes["mgw"], 0.05, 0.005)
    code = homes["uitzondering"].to_numpy(dtype=object).copy()
    for c in CORPS:
        free = homes["corporatie"].eq(c).to_numpy() & is_efg(homes, Q_LAST) & owned(homes, Q_LAST)
        free &= homes["groep"].eq("oud").to_numpy()
        counts = dict(zip(story.UITZONDERING_CODES, story.UITZONDERINGEN[c], strict=True))
        if counts["SLO"]:
            pool = free & homes["wijk"].eq(story.SLOOPWIJK[c]).to_numpy()
            where = np.flatnonzero(pool)
            if where.size < counts["SLO"]:
                raise ValueError(f"{c}: {where.size} E/F/G homes in the wijk of the demolition")
            by_complex = np.argsort(homes["projectrij"].to_numpy()[where], kind="stable")
            chosen = where[by_complex[: counts["SLO"]]]
            code[chosen] = "SLO"
            free[chosen] = False
        for kind in ("MON", "VVE", "TYD", "VKL", "OVA"):
            weight = np.where(homes["bouwjaar"] < 1935, 30.0, 1.0) if kind == "MON" else None
            chosen = _pick(free & (code == ""), counts[kind], rng, weight)
            code[chosen] = kind
    homes["uitzondering"] = code
    has = code != ""
    homes.loc[has, "uitzondering_vanaf"] = np.datetime64("2023-07-01") + rng.integers(
        0, 1150, int(has.sum())
    )
    old_enough = homes["uitzondering"].eq("MON") & homes["bouwjaar"].gt(1938)
    homes.loc[old_enough, "bouwjaar"] = 1931
    homes.loc[homes["uitzondering"].eq("MON"), "monument"] = np.where(
        rng.uniform(0, 1, int((code == "MON").sum())) < 0.4, "RIJ", "GEM"
    )
    more = (~has) & homes["bouwjaar"].lt(1925).to_numpy() & (rng.uniform(0, 1, len(homes)) < 0.05)
    homes.loc[more, "monument"] = "GEM"
    homes.loc[homes["uitzondering"].eq("VVE"), "vve"] = True
    homes.loc[homes["uitzondering"].eq("VKL"), "detail_soort"] = "VRI"


def _set_labels(homes: pd.DataFrame, dice: Dice) -> None:
    """`klasse_toen` until the event, `klasse_nu` from then on; '' is no registration yet."""
    rng = dice.stream("labels")
    n = len(homes)
    slecht = homes["slecht"].to_numpy(dtype=float)
    noise = rng.normal(0, 0.15, n)
    now = np.full(n, "", dtype=object)
    before = np.full(n, "", dtype=object)
    efg = homes["was_efg"].to_numpy()

    poor = np.flatnonzero(efg)
    rank = np.empty(poor.size)
    rank[np.argsort(slecht[poor] + noise[poor] * 2, kind="stable")] = np.arange(poor.size)
    poor_class = np.select(
        [rank < 0.55 * poor.size, rank < 0.85 * poor.size], ["E", "F"], "G"
    ).astype(object)
    before[poor] = poor_class
    now[poor] = poor_class

    role = homes["eind"].to_numpy()
    new = homes["groep"].eq("nieuw").to_numpy()
    top_new = rng.choice(["A++++", "A+++", "A++", "A+"], n, p=[0.06, 0.39, 0.35, 0.20])
    now[new] = top_new[new]
    now[role == "hergeregistreerd"] = "D"
    improved = role == "verbeterd"
    now[improved] = rng.choice(["A", "B", "C"], n, p=[0.40, 0.42, 0.18])[improved]
    plain = ~efg & ~new
    for c in CORPS:
        mine = homes["corporatie"].eq(c).to_numpy()
        counted = mine & owned(homes, Q_LAST) & ~homes["nooit"].to_numpy()
        done = counted & (now != "")
        a, b, c_, d = story.LABELS_LAATSTE[c]
        have = pd.Series(now[done]).str[:1].value_counts()
        left = {k: w - int(have.get(k, 0)) for k, w in zip("ABCD", (a, b, c_, d), strict=True)}
        todo = np.flatnonzero(counted & plain)
        order = todo[np.argsort(slecht[todo] + noise[todo], kind="stable")]
        if min(left.values()) < 0 or sum(left.values()) != order.size:
            raise ValueError(f"{c}: label table does not fit: {left}, {order.size} homes")
        grades = np.repeat(np.array(list(left), dtype=object), list(left.values()))
        n_a = left["A"]
        grades[:n_a] = np.repeat(
            np.array(["A+++", "A++", "A+", "A"], dtype=object),
            largest_remainder([0.02, 0.07, 0.21, 0.70], n_a),
        )
        now[order] = grades
    rest = plain & (now == "") & ~homes["nooit"].to_numpy()
    now[rest] = rng.choice(["C", "D"], n, p=[0.4, 0.6])[rest]
    now[homes["nooit"].to_numpy()] = ""
    same = plain & ~homes["nooit"].to_numpy()
    before[same] = now[same]
    renewed = same & homes["eerste_q"].eq(-1).to_numpy() & homes["eind"].eq("").to_numpy()
    chance = rng.uniform(0, 1, n)
    better = renewed & (chance < 0.045) & np.isin(now, ["A", "B", "C"])
    worse = {"A": "C", "B": "C", "C": "D"}
    before[better] = [worse[k] for k in now[better]]
    again = renewed & ~better & (chance > 0.93)
    homes["klasse_nu"] = now
    homes["klasse_toen"] = before
    change = np.full(n, NOOIT)
    moved = improved | (role == "hergeregistreerd")
    change[moved] = homes["eind_q"].to_numpy()[moved]
    other = better | again
    change[other] = rng.integers(1, Q_LAST + 1, int(other.sum()))
    homes["label_q"] = change
    late = homes["eerste_q"].ge(1).to_numpy()
    homes.loc[late, "klasse_toen"] = ""
    homes.loc[late, "label_q"] = homes.loc[late, "eerste_q"]
    homes.loc[new, "klasse_toen"] = ""

    homes["verlopen"] = False
    for c in CORPS:
        mine = homes["corporatie"].eq(c).to_numpy()
        end_efg = mine & is_efg(homes, Q_LAST) & owned(homes, Q_LAST)
        old = end_efg & homes["eerste_q"].eq(-1).to_numpy()
        homes.loc[_pick(old, story.EFG_VERLOPEN[c], rng), "verlopen"] = True
        fine = mine & ~efg & homes["label_q"].eq(NOOIT).to_numpy() & staying(homes)
        fine &= (homes["klasse_nu"] != "").to_numpy()
        homes.loc[_pick(fine, round(0.015 * int(fine.sum())), rng), "verlopen"] = True


def _set_solar(homes: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("zon")
    n = len(homes)
    homes["zon_q"] = NOOIT
    new = homes["groep"].eq("nieuw").to_numpy()
    homes.loc[new, "zon_q"] = homes.loc[new, "in_q"]
    quality = np.where(homes["mgw"], 0.5, 1.0) * np.where(_zuid(homes), 1.2, 1.0)
    works = homes["eind"].eq("verbeterd").to_numpy() & homes["eind_q"].gt(Q_START).to_numpy()
    for c in CORPS:
        mine = homes["corporatie"].eq(c).to_numpy() & homes["daeb"].to_numpy()
        before, after = story.ZON[c]
        have = int((mine & homes["zon_q"].le(Q_START).to_numpy()).sum())
        pool = mine & staying(homes) & homes["zon_q"].eq(NOOIT).to_numpy() & ~works
        pool &= ~is_efg(homes, Q_START)
        homes.loc[_pick(pool, before - have, rng, quality), "zon_q"] = -1
        have = int((mine & homes["zon_q"].le(Q_LAST).to_numpy()).sum())
        pool = mine & staying(homes) & homes["zon_q"].eq(NOOIT).to_numpy()
        weight = np.where(works, 2.0, 1.0) * np.where(_zuid(homes), 1.25, 1.0)
        chosen = _pick(pool & ~is_efg(homes, Q_LAST), after - have, rng, weight)
        spread = np.repeat(
            np.arange(Q_START + 1, Q_LAST + 1),
            largest_remainder([1.0, 1.6, 1.3, 0.9, 1.0, 1.6, 1.3], chosen.size),
        )
        homes.loc[chosen, "zon_q"] = spread
        early = _pick(mine & homes["zon_q"].eq(-1).to_numpy(), before // 6, rng)
        homes.loc[early, "zon_q"] = rng.integers(1, Q_START + 1, early.size)
    none = homes["zon_q"].eq(NOOIT).to_numpy()
    chance = rng.uniform(0, 1, n)
    homes["zon_zonder"] = np.select(
        [none & (chance < 0.016), none & homes["mgw"].to_numpy() & (chance < 0.07)],
        ["ONB", "ALG"],
        "N",
    )
    homes["zon_soort"] = np.where(
        homes["mgw"].to_numpy() & (rng.uniform(0, 1, n) < 0.55), "COL", "EIG"
    )
    plain_nda = ~homes["daeb"].to_numpy() & none & (rng.uniform(0, 1, n) < 0.3)
    homes.loc[plain_nda & staying(homes), "zon_q"] = -1


def _set_heat(homes: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("warmte")
    homes["warmte_q"] = NOOIT
    corporation, wijk, count, when = story.MIJNWATER_DE_DEM
    pool = (
        homes["corporatie"].eq(corporation)
        & homes["wijk"].eq(wijk)
        & homes["klasse_nu"].eq("C")
        & homes["label_q"].eq(NOOIT)
    ).to_numpy() & staying(homes)
    where = np.flatnonzero(pool)
    order = where[np.argsort(homes["projectrij"].to_numpy()[where], kind="stable")]
    homes.loc[order[:count], "warmte_q"] = QUARTER[when]
    pull = dict(zip(story.WARMTEWIJKEN, (30.0, 10.0, 6.0, 6.0, 4.0, 3.0, 2.0), strict=True))
    weight = homes["wijk"].map(pull).fillna(0.0).to_numpy(dtype=float) + 1e-6
    weight = weight * np.where(homes["mgw"], 4.0, 1.0)
    for c in CORPS:
        mine = homes["corporatie"].eq(c).to_numpy() & staying(homes)
        mine &= ~homes["was_efg"].to_numpy()
        before, after = story.WARMTENET[c]
        free = mine & homes["warmte_q"].eq(NOOIT).to_numpy()
        homes.loc[_pick(free, before, rng, weight), "warmte_q"] = -1
        have = int((mine & homes["warmte_q"].le(Q_LAST).to_numpy()).sum())
        free = mine & homes["warmte_q"].eq(NOOIT).to_numpy()
        chosen = _pick(free, after - have, rng, weight)
        homes.loc[chosen, "warmte_q"] = np.sort(rng.integers(Q_START + 1, Q_LAST + 1, chosen.size))


def _set_status(homes: pd.DataFrame, dice: Dice) -> None:
    """Vacancy, renovation and homes emptied for demolition, as spans of time per home."""
    rng = dice.stream("status")
    n = len(homes)
    day = np.array(story.PEILDATA, dtype="datetime64[D]")
    never = np.datetime64("2099-01-01")
    for name in ("leeg", "uit"):
        homes[f"{name}_van"] = np.full(n, never)
        homes[f"{name}_tot"] = np.full(n, never)
    homes["leeg_soort"] = ""
    homes["uit_tijdelijk"] = ""
    end_efg = is_efg(homes, Q_LAST) & owned(homes, Q_LAST)
    corp = homes["corporatie"].to_numpy()
    code = homes["uitzondering"].to_numpy()

    def out(chosen: npt.NDArray[np.int64], since: object, until: object, reason: str) -> None:
        homes.loc[chosen, "uit_van"] = since
        homes.loc[chosen, "uit_tot"] = until
        homes.loc[chosen, "uit_tijdelijk"] = reason

    for c, count in story.UIT_RENOVATIE.items():
        pool = (corp == c) & end_efg & (code == "") & staying(homes)
        out(_pick(pool, count, rng), np.datetime64("2026-08-17"), never, "REN")
    for c, count in story.UIT_SLOOP.items():
        pool = (corp == c) & end_efg & (code == "SLO") & homes["daeb"].to_numpy()
        out(_pick(pool, count, rng), np.datetime64("2026-06-01"), never, "SLO")
    busy = homes["eind"].eq("verbeterd").to_numpy() & homes["eind_q"].ge(1).to_numpy()
    chosen = _pick(busy, 90, rng)
    ready = day[homes["eind_q"].to_numpy()[chosen]]
    out(chosen, ready - 140, ready - 60, "REN")
    emptied = np.flatnonzero(homes["eind"].eq("gesloopt") & homes["eind_q"].ge(1))
    gone = day[homes["eind_q"].to_numpy()[emptied]]
    out(emptied, gone - 170, gone, "SLO")

    late = homes["groep"].eq("nieuw").to_numpy() & homes["in_q"].eq(Q_LAST).to_numpy()
    for c, count in story.NIEUW_ONVERHUURD.items():
        chosen = _pick(late & (corp == c), count, rng)
        homes.loc[chosen, "leeg_van"] = homes.loc[chosen, "in_datum"]
        homes.loc[chosen, "leeg_soort"] = "NIH"
    earlier = homes["groep"].eq("nieuw").to_numpy() & ~late & (rng.uniform(0, 1, n) < 0.1)
    homes.loc[earlier, "leeg_van"] = homes.loc[earlier, "in_datum"]
    homes.loc[earlier, "leeg_tot"] = day[homes.loc[earlier, "in_q"].to_numpy()] + 20
    homes.loc[earlier, "leeg_soort"] = "NIH"

    free = staying(homes) & (homes["uit_tijdelijk"] == "").to_numpy()
    last = np.datetime64(story.LAATSTE)
    weight = np.where(_zuid(homes), 0.5, 1.0)
    for c in CORPS:
        mine = free & (corp == c) & homes["leeg_soort"].eq("").to_numpy()
        chosen = _pick(mine, story.LANG_LEEG[c], rng, weight)
        homes.loc[chosen, "leeg_van"] = last - rng.integers(91, 420, chosen.size)
        homes.loc[chosen, "leeg_soort"] = rng.choice(
            ["MUT", "NIH", "STR"], chosen.size, p=[0.5, 0.4, 0.1]
        )
        mine = free & (corp == c) & homes["leeg_soort"].eq("").to_numpy()
        chosen = _pick(mine, round(0.008 * int(mine.sum())), rng)
        homes.loc[chosen, "leeg_van"] = last - rng.integers(2, 89, chosen.size)
        homes.loc[chosen, "leeg_soort"] = rng.choice(["MUT", "NIH"], chosen.size)
        mine = free & (corp == c) & homes["leeg_soort"].eq("").to_numpy()
        chosen = _pick(mine, round(0.13 * int(mine.sum())), rng)
        since = np.datetime64("2023-09-01") + rng.integers(0, 960, chosen.size)
        length = np.where(
            rng.uniform(0, 1, chosen.size) < 0.25,
            rng.integers(95, 300, chosen.size),
            rng.integers(10, 80, chosen.size),
        )
        homes.loc[chosen, "leeg_van"] = since
        homes.loc[chosen, "leeg_tot"] = np.minimum(since + length, last - 1)
        homes.loc[chosen, "leeg_soort"] = rng.choice(["MUT", "NIH"], chosen.size)
    slo = np.flatnonzero((code == "SLO") & (homes["uit_tijdelijk"] == "").to_numpy() & free
                         & homes["leeg_soort"].eq("").to_numpy())  # fmt: skip
    chosen = rng.permutation(slo)[:14]
    homes.loc[chosen, "leeg_van"] = last - rng.integers(100, 250, chosen.size)
    homes.loc[chosen, "leeg_soort"] = "PRO"


def temporarily_out(homes: pd.DataFrame, quarter: int) -> npt.NDArray[np.bool_]:
    day = np.datetime64(story.PEILDATA[quarter])
    return (homes["uit_van"].to_numpy() <= day) & (day < homes["uit_tot"].to_numpy())


def vacant(homes: pd.DataFrame, quarter: int) -> npt.NDArray[np.bool_]:
    day = np.datetime64(story.PEILDATA[quarter])
    empty = (homes["leeg_van"].to_numpy() <= day) & (day < homes["leeg_tot"].to_numpy())
    return empty & ~temporarily_out(homes, quarter)


def not_yet_let(homes: pd.DataFrame, quarter: int) -> npt.NDArray[np.bool_]:
    return vacant(homes, quarter) & homes["groep"].eq("nieuw").to_numpy()


def _set_rents(homes: pd.DataFrame, dice: Dice) -> None:
    """Net rent in cents in four periods: until 1-7-2024, 2025, 2026, and after.

    The rents between 1-7-2025 and 30-6-2026 keep clear of the strips between the limits of 2025
    and those of 2026, save for the homes of story.NORMVERSCHUIVING; so exactly these change class
    on 1-1-2026. Rents just under the third limit of 2025 are capped there and hardly rise.
    """
    rng = dice.stream("huren")
    n = len(homes)
    rent = np.zeros((n, 4))  # until 1-7-2024, -2025, -2026, after
    limit25 = story.HUURGRENZEN[2025]
    limit26 = story.HUURGRENZEN[2026]
    corp = homes["corporatie"].to_numpy()
    daeb = homes["daeb"].to_numpy()
    new = homes["groep"].eq("nieuw").to_numpy()
    was_there = homes["in_q"].le(Q_2025).to_numpy()
    complexes = int(homes["complex"].max()) + 1
    appeal = (
        np.where(_zuid(homes), 0.45, 0.0)
        + (homes["gebruiksoppervlakte"].to_numpy() - 80) / 60
        - homes["slecht"].to_numpy(dtype=float) * 0.25
        + rng.normal(0, 0.5, complexes)[homes["complex"]]
        + rng.normal(0, 0.7, n)
    )
    for c in CORPS:
        rises = story.HUURVERHOGING[c]
        counted = (corp == c) & daeb & owned(homes, Q_LAST)
        counted &= ~temporarily_out(homes, Q_LAST) & ~not_yet_let(homes, Q_LAST)
        fixed = counted & ~(was_there & ~new)
        pool = np.flatnonzero(counted & ~fixed)
        order = pool[np.argsort(appeal[pool], kind="stable")]
        sizes = list(story.HUURKLASSEN[c])
        sizes[1] -= int(fixed.sum())
        k1, k2, k3, k4, k5 = np.split(order, np.cumsum(sizes)[:-1])
        m1, m2, m3, m4 = story.NORMVERSCHUIVING[c]
        target = story.GEMIDDELDE_HUUR_2025[c]
        old = rent[:, 2]
        new_rent = rent[:, 3]

        def rise(
            where: Ints, low: float = 0.93, high: float = 1.07, mean: float = rises[2]
        ) -> None:
            factor = 1 + mean / 100 * rng.uniform(low, high, where.size)
            new_rent[where] = np.round(old[where] * factor, 2)

        old[k1] = np.sort(limit25[0] - (limit25[0] - 372) * rng.beta(1.1, 2.2, k1.size))
        rise(k1)
        b1, r2 = k2[:m1], k2[m1:]
        old[b1] = rng.uniform(483.0, limit26[0], b1.size)
        rise(b1)
        b2, r3 = k3[:m2], k3[m2:]
        old[b2] = rng.uniform(690.5, 704.0, b2.size)
        rise(b2)
        above = story.BOVEN_GRENS_2025[c]
        capped, free = r3[: r3.size - above], r3[r3.size - above :]
        old[capped] = rng.uniform(713.03, 727.0, capped.size)
        new_rent[capped] = np.round(
            np.minimum(old[capped] * (1 + rng.uniform(0, 0.006, capped.size)), limit25[2]), 2
        )
        old[free] = rng.uniform(713.03, 731.0, free.size)
        rise(free, 0.97, 1.03)
        b3, r4 = k4[:m3], k4[m3:]
        old[b3] = rng.uniform(741.0, limit26[2], b3.size)
        rise(b3)
        old[r4] = limit26[2] + 0.01 + (893.0 - limit26[2]) * np.sort(rng.beta(1.0, 1.6, r4.size))
        rise(r4)
        b4, r5 = k5[:m4], k5[m4:]
        old[b4] = rng.uniform(904.0, limit26[3], b4.size)
        rise(b4)
        old[r5] = rng.uniform(limit26[3] + 0.01, 1015.0, r5.size)
        rise(r5)

        others = np.flatnonzero((corp == c) & daeb & ~counted & ~new)
        new_2025 = np.flatnonzero(counted & new & was_there)
        new_2026 = np.flatnonzero((corp == c) & daeb & new & ~was_there)
        bought = np.flatnonzero(counted & ~new & ~was_there)
        old[new_2025] = rng.uniform(624.0, 681.0, new_2025.size)
        rise(new_2025)
        new_rent[new_2026] = np.round(rng.uniform(652.0, 712.0, new_2026.size), 2)
        old[new_2026] = new_rent[new_2026]
        old[bought] = rng.uniform(560.0, 640.0, bought.size)
        rise(bought)
        old[others] = rng.uniform(515.0, 660.0, others.size)
        rise(others)

        here = (corp == c) & daeb & owned(homes, Q_2025) & ~temporarily_out(homes, Q_2025)
        here &= ~not_yet_let(homes, Q_2025)
        outside = np.setdiff1d(np.flatnonzero(here), r2)
        wanted = target * (outside.size + r2.size) - float(old[outside].sum())
        spread = np.sort(rng.uniform(0, 1, r2.size))
        low, width = limit26[0] + 0.01, limit25[1] - limit26[0] - 0.01
        strong, weak = 0.1, 8.0
        for _ in range(60):
            middle = (strong + weak) / 2
            if float((low + width * spread**middle).sum()) > wanted:
                strong = middle
            else:
                weak = middle
        old[r2] = low + width * spread**middle
        rise(r2)
        rent[:, 2] = np.round(rent[:, 2], 2)
        _clear_of_strips(rent, np.flatnonzero((corp == c) & daeb & was_there), {*b1, *b2, *b3, *b4})
        for year, column in ((2025, 1), (2024, 0)):
            mean = rises[{2025: 1, 2024: 0}[year]]
            factor = 1 + mean / 100 * rng.uniform(0.94, 1.06, n)
            mine = corp == c
            rent[mine, column] = np.round(rent[mine, column + 1] / factor[mine], 2)

        # Contracts that start exactly on a limit, as after a change of tenant.
        for chosen, value in ((k1[-3:], limit26[0]), (r2[-3:], limit26[1]),
                              (free[-2:], limit26[2]), (r4[-2:], limit26[3])):  # fmt: skip
            new_rent[chosen] = value
        for chosen, value in ((k1[-6:-3], limit25[0]), (r2[-6:-3], limit25[1]),
                              (free[:2], limit25[2])):  # fmt: skip
            old[chosen] = value

        nda = np.flatnonzero((corp == c) & ~daeb)
        old[nda] = np.round(rng.uniform(905.0, 1130.0, nda.size), 2)
        rise(nda)
        rent[nda, 1] = np.round(old[nda] / (1 + rises[1] / 100), 2)
        rent[nda, 0] = np.round(rent[nda, 1] / (1 + rises[0] / 100), 2)
    homes[["huur_0", "huur_1", "huur_2", "huur_3"]] = rent


def _clear_of_strips(rent: npt.NDArray[np.float64], homes: Ints, movers: set[int]) -> None:
    """Rounding must not leave a rent on the wrong side of a strip between two years' limits."""
    for low, high in zip(story.HUURGRENZEN[2025], story.HUURGRENZEN[2026], strict=True):
        value = rent[homes, 2]
        inside = homes[(value > low) & (value <= high)]
        for home in inside:
            if int(home) not in movers:
                rent[home, 2] = low


def _set_condition(homes: pd.DataFrame, dice: Dice) -> None:
    """Condition scores: per complex, and per home where an inspection found score 5 or 6."""
    rng = dice.stream("conditie")
    complexes = int(homes["complex"].max()) + 1
    score = rng.choice([1, 2, 3, 4], complexes, p=[0.08, 0.42, 0.40, 0.10])
    homes["conditie"] = score[homes["complex"]]
    homes["conditie_niveau"] = "COMPLEX"
    measured = np.datetime64("2021-03-01") + rng.integers(0, 980, complexes)
    homes["conditie_datum"] = measured[homes["complex"]]
    homes["conditie_bekend"] = (rng.uniform(0, 1, complexes) < 0.96)[homes["complex"]]
    weight = np.exp(2.0 * homes["slecht"].to_numpy(dtype=float))
    for c in CORPS:
        pool = homes["corporatie"].eq(c).to_numpy() & staying(homes)
        chosen = _pick(pool, story.SLECHTE_CONDITIE_2025[c], rng, weight)
        homes.loc[chosen, "conditie"] = np.where(rng.uniform(0, 1, chosen.size) < 0.8, 5, 6)
        homes.loc[chosen, "conditie_niveau"] = "WONING"
        homes.loc[chosen, "conditie_bekend"] = True
