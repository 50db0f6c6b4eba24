"""What homes have: DAEB, exemption, label, solar panels, heat, status and condition.

Each function adds columns to the table of homes and meets its counts of the story exactly.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.sample import story, story_parties
from local.sample.margins import largest_remainder
from local.sample.moments import in_zuid, is_efg, owned, pick, staying
from local.sample.plan import CORPS, NEVER, Q_LAST, Q_START, QUARTER
from local.sample.seeds import Dice


def set_daeb(homes: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("daeb")
    homes["daeb"] = ~homes["segment"].eq("midden")
    weight = np.where(in_zuid(homes), 3.0, 1.0) * np.exp(-homes["slecht"].to_numpy(dtype=float))
    for c in CORPS:
        mine = homes["corporatie"].eq(c).to_numpy()
        now = mine & owned(homes, Q_LAST)
        already = int((now & ~homes["daeb"].to_numpy()).sum())
        wanted = int(now.sum()) - story.DAEB_LAATSTE[c] - already
        pool = mine & staying(homes) & ~homes["was_efg"].to_numpy()
        homes.loc[pick(pool, wanted, rng, weight), "daeb"] = False


def set_exemptions(homes: pd.DataFrame, dice: Dice) -> None:
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
            chosen = pick(free & (code == ""), counts[kind], rng, weight)
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


def set_labels(homes: pd.DataFrame, dice: Dice) -> None:
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
    change = np.full(n, NEVER)
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
        homes.loc[pick(old, story.EFG_VERLOPEN[c], rng), "verlopen"] = True
        fine = mine & ~efg & homes["label_q"].eq(NEVER).to_numpy() & staying(homes)
        fine &= (homes["klasse_nu"] != "").to_numpy()
        homes.loc[pick(fine, round(0.015 * int(fine.sum())), rng), "verlopen"] = True


def set_care(homes: pd.DataFrame, dice: Dice) -> None:
    """`zorg`: new homes that are clustered (GEC) or fit for care (ZWO); '' for all others."""
    rng = dice.stream("zorg")
    homes["zorg"] = ""
    year = np.array([p.year for p in story.PEILDATA])[homes["in_q"].clip(lower=0).to_numpy()]
    new = homes["groep"].eq("nieuw").to_numpy()
    for wanted_year, counts in story_parties.ZORGWONINGEN.items():
        for c, count in counts.items():
            pool = new & homes["corporatie"].eq(c).to_numpy() & (year == wanted_year)
            chosen = np.sort(pick(pool, count, rng))
            half = count // 2
            homes.loc[chosen[:half], "zorg"] = "GEC"
            homes.loc[chosen[half:], "zorg"] = "ZWO"


def set_solar(homes: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("zon")
    n = len(homes)
    homes["zon_q"] = NEVER
    new = homes["groep"].eq("nieuw").to_numpy()
    homes.loc[new, "zon_q"] = homes.loc[new, "in_q"]
    quality = np.where(homes["mgw"], 0.5, 1.0) * np.where(in_zuid(homes), 1.2, 1.0)
    works = homes["eind"].eq("verbeterd").to_numpy() & homes["eind_q"].gt(Q_START).to_numpy()
    for c in CORPS:
        mine = homes["corporatie"].eq(c).to_numpy() & homes["daeb"].to_numpy()
        before, after = story.ZON[c]
        have = int((mine & homes["zon_q"].le(Q_START).to_numpy()).sum())
        pool = mine & staying(homes) & homes["zon_q"].eq(NEVER).to_numpy() & ~works
        pool &= ~is_efg(homes, Q_START)
        homes.loc[pick(pool, before - have, rng, quality), "zon_q"] = -1
        have = int((mine & homes["zon_q"].le(Q_LAST).to_numpy()).sum())
        pool = mine & staying(homes) & homes["zon_q"].eq(NEVER).to_numpy()
        weight = np.where(works, 2.0, 1.0) * np.where(in_zuid(homes), 1.25, 1.0)
        chosen = pick(pool & ~is_efg(homes, Q_LAST), after - have, rng, weight)
        spread = np.repeat(
            np.arange(Q_START + 1, Q_LAST + 1),
            largest_remainder([1.0, 1.6, 1.3, 0.9, 1.0, 1.6, 1.3], chosen.size),
        )
        homes.loc[chosen, "zon_q"] = spread
        early = pick(mine & homes["zon_q"].eq(-1).to_numpy(), before // 6, rng)
        homes.loc[early, "zon_q"] = rng.integers(1, Q_START + 1, early.size)
    none = homes["zon_q"].eq(NEVER).to_numpy()
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


def set_heat(homes: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("warmte")
    homes["warmte_q"] = NEVER
    corporation, wijk, count, when = story.MIJNWATER_DE_DEM
    pool = (
        homes["corporatie"].eq(corporation)
        & homes["wijk"].eq(wijk)
        & homes["klasse_nu"].eq("C")
        & homes["label_q"].eq(NEVER)
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
        free = mine & homes["warmte_q"].eq(NEVER).to_numpy()
        homes.loc[pick(free, before, rng, weight), "warmte_q"] = -1
        have = int((mine & homes["warmte_q"].le(Q_LAST).to_numpy()).sum())
        free = mine & homes["warmte_q"].eq(NEVER).to_numpy()
        chosen = pick(free, after - have, rng, weight)
        homes.loc[chosen, "warmte_q"] = np.sort(rng.integers(Q_START + 1, Q_LAST + 1, chosen.size))


def set_status(homes: pd.DataFrame, dice: Dice) -> None:
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
        out(pick(pool, count, rng), np.datetime64("2026-08-17"), never, "REN")
    for c, count in story.UIT_SLOOP.items():
        pool = (corp == c) & end_efg & (code == "SLO") & homes["daeb"].to_numpy()
        out(pick(pool, count, rng), np.datetime64("2026-06-01"), never, "SLO")
    busy = homes["eind"].eq("verbeterd").to_numpy() & homes["eind_q"].ge(1).to_numpy()
    chosen = pick(busy, 90, rng)
    ready = day[homes["eind_q"].to_numpy()[chosen]]
    out(chosen, ready - 140, ready - 60, "REN")
    emptied = np.flatnonzero(homes["eind"].eq("gesloopt") & homes["eind_q"].ge(1))
    gone = day[homes["eind_q"].to_numpy()[emptied]]
    out(emptied, gone - 170, gone, "SLO")

    late = homes["groep"].eq("nieuw").to_numpy() & homes["in_q"].eq(Q_LAST).to_numpy()
    for c, count in story.NIEUW_ONVERHUURD.items():
        chosen = pick(late & (corp == c), count, rng)
        homes.loc[chosen, "leeg_van"] = homes.loc[chosen, "in_datum"]
        homes.loc[chosen, "leeg_soort"] = "NIH"
    earlier = homes["groep"].eq("nieuw").to_numpy() & ~late & (rng.uniform(0, 1, n) < 0.1)
    homes.loc[earlier, "leeg_van"] = homes.loc[earlier, "in_datum"]
    homes.loc[earlier, "leeg_tot"] = day[homes.loc[earlier, "in_q"].to_numpy()] + 20
    homes.loc[earlier, "leeg_soort"] = "NIH"

    free = staying(homes) & (homes["uit_tijdelijk"] == "").to_numpy()
    last = np.datetime64(story.LAATSTE)
    weight = np.where(in_zuid(homes), 0.5, 1.0)
    for c in CORPS:
        mine = free & (corp == c) & homes["leeg_soort"].eq("").to_numpy()
        chosen = pick(mine, story.LANG_LEEG[c], rng, weight)
        homes.loc[chosen, "leeg_van"] = last - rng.integers(91, 420, chosen.size)
        homes.loc[chosen, "leeg_soort"] = rng.choice(
            ["MUT", "NIH", "STR"], chosen.size, p=[0.5, 0.4, 0.1]
        )
        mine = free & (corp == c) & homes["leeg_soort"].eq("").to_numpy()
        chosen = pick(mine, round(0.008 * int(mine.sum())), rng)
        homes.loc[chosen, "leeg_van"] = last - rng.integers(2, 89, chosen.size)
        homes.loc[chosen, "leeg_soort"] = rng.choice(["MUT", "NIH"], chosen.size)
        mine = free & (corp == c) & homes["leeg_soort"].eq("").to_numpy()
        chosen = pick(mine, round(0.13 * int(mine.sum())), rng)
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


def set_condition(homes: pd.DataFrame, dice: Dice) -> None:
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
        chosen = pick(pool, story.SLECHTE_CONDITIE_2025[c], rng, weight)
        homes.loc[chosen, "conditie"] = np.where(rng.uniform(0, 1, chosen.size) < 0.8, 5, 6)
        homes.loc[chosen, "conditie_niveau"] = "WONING"
        homes.loc[chosen, "conditie_bekend"] = True
