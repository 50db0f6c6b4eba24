"""Projects and the homes in them: what was built, improved and demolished, and what is planned.

The projects that run on the last peildatum are those of the story. Works that were done before
belong to a project of their corporation and half-year (improvement), of a delivery of new homes,
or of a year (demolition). A project is delivered until the quarter in which it is completed; the
list of homes keeps all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from local.sample import story, story_parties
from local.sample.moments import Mask, is_efg, owned, pick, staying, temporarily_out
from local.sample.plan import CORPS, NEVER, Q_LAST, Q_START, QUARTER
from local.sample.seeds import Dice
from local.sample.story_parties import PROJECTEN, Project

VERA_LABEL: Final = {"A+": "AP", "A++": "APP", "A+++": "AP3", "A++++": "AP4"}
PREFIX: Final = {"DKO": "DK-", "CAR": "40-", "MIJ": "MP-", "ZUI": "ZW-", "HOE": "0008"}
STAGES: Final = ("INI", "HAA", "BES", "VER", "CON", "UIT", "OPL")
STAGE_DAYS: Final = 122
# Works of the last quarter belong to a project that still runs; so do deliveries in parts.
RUNNING_WORKS: Final = {
    "DKO": "DK-P104", "CAR": "40-2001", "MIJ": "MP-012", "ZUI": "ZW-M47", "HOE": "000802",
}  # fmt: skip
RUNNING_DEMOLITION: Final = {"DKO": "DK-P108", "CAR": "40-1301"}
RUNNING_DELIVERIES: Final = {
    ("DKO", 33, date(2025, 9, 30)): "DK-P103",
    ("DKO", 33, date(2026, 6, 30)): "DK-P103",
    ("DKO", 12, date(2026, 9, 30)): "DK-P102",
}
MIJNWATER: Final = "DK-P102"
INSULATION: Final = ("DAK|MUU|VLO|HR2", "DAK|MUU|HR2", "MUU|VLO|HR2", "DAK|HR3")
NEVER_DAY: Final = date(2099, 1, 1)
# From this peildatum on corporations tell how late the running projects are.
LATE_KNOWN: Final = date(2026, 3, 31)


@dataclass(frozen=True)
class Work:
    """A project over its whole life: `stages` holds the day on which each phase began."""

    plan: Project
    stages: tuple[tuple[str, date], ...]

    def phase(self, peildatum: date) -> tuple[str, date] | None:
        reached = [stage for stage in self.stages if stage[1] <= peildatum]
        return reached[-1] if reached else None

    def began(self, stage: str) -> date:
        return dict(self.stages).get(stage, NEVER_DAY)


class Action(NamedTuple):
    """One action at one home. `home` is its row in the table of homes, -1: not built yet."""

    home: int
    corporatie: str
    eenheid_id: str
    project: str
    actie: str
    gepland: date
    gereed: date
    start_bouw: date
    isolatie: str
    voor: str
    beoogd: str


@dataclass(frozen=True)
class Works:
    """All projects by code, and what is done in them, in order of project."""

    projects: dict[str, Work]
    actions: tuple[Action, ...]

    def project_of(self, action: str) -> dict[int, str]:
        """The project in which a home had this action."""
        return {a.home: a.project for a in self.actions if a.actie == action}

    def insulated(self) -> list[Action]:
        """What was insulated, once per home."""
        return [a for a in self.actions if a.isolatie and a.gereed < NEVER_DAY]


def make_works(homes: pd.DataFrame, register: pd.DataFrame, dice: Dice) -> Works:
    """Projects and their homes. `homes` are the corporations' own, each once."""
    maker = _Maker(homes, register, dice.stream("werken"))
    maker.add_improved()
    maker.add_heat()
    maker.add_new()
    maker.add_demolished()
    maker.add_pipeline()
    return maker.finish()


class _Maker:
    def __init__(
        self, homes: pd.DataFrame, register: pd.DataFrame, rng: np.random.Generator
    ) -> None:
        self._homes = homes
        self._rng = rng
        self._corp = homes["corporatie"].to_numpy()
        new = register[register["rol"].eq("nieuw")].drop_duplicates("home").set_index("home")
        self._surveyed = new["opname"].reindex(homes.index)
        self._number = homes["eenheid_id"].to_numpy()
        self._actions: list[Action] = []
        self._closed: dict[str, Project] = {}

    def add_improved(self) -> None:
        """Homes that were insulated, complex by complex; the first so many were renovated."""
        end = self._homes["eind_q"].to_numpy()
        improved = self._homes["eind"].eq("verbeterd").to_numpy()
        years = np.array([p.year for p in story.PEILDATA])
        spare = self._spare()
        for year, c in ((y, c) for y in story_parties.GEISOLEERD for c in CORPS):
            quarters = np.flatnonzero(years == year)
            mine = np.flatnonzero(improved & (self._corp == c) & np.isin(end, quarters))
            more = story_parties.GEISOLEERD[year][c] - mine.size
            others = pick(spare & (self._corp == c), more, self._rng)
            spare[others] = False
            quarter = np.concatenate([end[mine], quarters[np.arange(more) % quarters.size]])
            chosen = np.concatenate([mine, others])
            order = np.argsort(quarter, kind="stable")
            # renovations are spread over the year, improved homes first
            renovated = np.zeros(chosen.size, dtype=bool)
            first = self._rng.permutation(mine.size)
            rank = np.concatenate([first, np.arange(mine.size, chosen.size)])
            renovated[rank < story_parties.GERENOVEERD[year][c]] = True
            for k in order.tolist():
                self._add_done(int(chosen[k]), c, int(quarter[k]), bool(renovated[k]))

    def _spare(self) -> Mask:
        homes = self._homes
        fair = homes["klasse_nu"].isin(["B", "C", "D"]) & ~homes["was_efg"]
        fair &= homes["label_q"].eq(NEVER) & homes["uit_tijdelijk"].eq("") & homes["daeb"]
        fair &= homes["leeg_soort"].eq("") & homes["warmte_q"].eq(NEVER)
        return fair.to_numpy() & staying(homes)

    def _add_done(self, k: int, c: str, q: int, renovated: bool) -> None:
        home = self._homes.iloc[k]
        first = story.PEILDATA[q - 1] + timedelta(days=1)
        survey = self._surveyed.iloc[k]
        last = story.PEILDATA[q] - timedelta(days=10)
        if home["eind"] == "verbeterd" and not pd.isna(survey):
            last = min(last, pd.Timestamp(survey).date())
        ready = max(first, last - timedelta(days=int(self._rng.integers(2, 45))))
        before = home["klasse_toen"] if home["eind_q"] >= q else home["klasse_nu"]
        self._add(
            k, c, self._works_project(c, q), "REN" if renovated else "ISO", ready,
            isolatie=INSULATION[k % len(INSULATION)], voor=before, beoogd=home["klasse_nu"],
        )  # fmt: skip

    def _works_project(self, c: str, q: int) -> str:
        if q == Q_LAST:
            return RUNNING_WORKS[c]
        peildatum = story.PEILDATA[q]
        half = 1 if peildatum.month <= 6 else 2
        code = f"{PREFIX[c]}V{peildatum:%y}{half}"
        if code not in self._closed:
            start = date(peildatum.year, 1 if half == 1 else 7, 1) - timedelta(days=40)
            name = f"Verduurzaming {peildatum.year}, {'eerste' if half == 1 else 'tweede'} helft"
            self._open(code, c, name, "ISO", start, label="B")
        return code

    def _open(self, code: str, c: str, name: str, kind: str, start: date, label: str = "") -> None:
        self._closed[code] = Project(
            c, code, name, kind, "OPL", start, "", start, start, start, label=label
        )

    def add_heat(self) -> None:
        """Existing homes that were connected to the heat network, and left the gas."""
        since = self._homes["warmte_q"].to_numpy()
        existing = self._homes["groep"].eq("oud").to_numpy()
        corporation, wijk, count, when = story.MIJNWATER_DE_DEM
        here = existing & (self._corp == corporation) & (since == QUARTER[when])
        here &= (
            self._homes["wijk"].eq(wijk).to_numpy() & self._homes["klasse_nu"].eq("C").to_numpy()
        )
        de_dem = set(np.flatnonzero(here)[:count].tolist())
        connected = np.flatnonzero(existing & (since > Q_START) & (since <= Q_LAST))
        for k in connected.tolist():
            q, c = int(since[k]), str(self._corp[k])
            project = MIJNWATER if k in de_dem else self._works_project(c, q)
            ready = story.PEILDATA[q] - timedelta(days=int(self._rng.integers(3, 70)))
            for action in ("WNT", "GAS"):
                self._add(k, c, project, action, ready)

    def add_new(self) -> None:
        """New homes, by delivery, and those that are being built."""
        new = self._homes["groep"].eq("nieuw").to_numpy()
        in_q, wijk = self._homes["in_q"].to_numpy(), self._homes["wijk"].to_numpy()
        for o in story.OPLEVERINGEN:
            q = QUARTER[o.peildatum]
            code = RUNNING_DELIVERIES.get((o.corporatie, o.wijk, o.peildatum))
            if code is None:
                code = f"{PREFIX[o.corporatie]}N{o.wijk}{o.peildatum:%y}{(q - 1) % 4 + 1}"
                name = f"Nieuwbouw wijk {o.wijk}, {o.peildatum.year}"
                self._open(code, o.corporatie, name, "NIU", o.peildatum - timedelta(days=500))
                self._closed[code] = self._closed[code]._replace(sociaal=o.sociaal, midden=o.midden)
            chosen = np.flatnonzero(
                new & (self._corp == o.corporatie) & (in_q == q) & (wijk == o.wijk)
            )
            for k in chosen.tolist():
                ready = pd.Timestamp(self._homes["in_datum"].iloc[k]).date()
                self._add(k, o.corporatie, code, "NIE", ready, start=ready - timedelta(days=430))
        for p in PROJECTEN:
            if p.soort == "NIU" and p.fase in ("CON", "UIT"):
                there = sum(a.project == p.code for a in self._actions)
                for n in range(p.sociaal + p.midden - there):
                    begun = p.start + timedelta(days=420) if p.fase == "UIT" else NEVER_DAY
                    self._add(-1, p.corporatie, p.code, "NIE", NEVER_DAY, start=begun,
                              planned=p.gereed, number=f"{p.code}-{n + 1:03d}")  # fmt: skip

    def add_demolished(self) -> None:
        gone = self._homes["uit_reden"].eq("SLO") & self._homes["uit_q"].between(1, Q_LAST)
        for k in np.flatnonzero(gone).tolist():
            c, q = str(self._corp[k]), int(self._homes["uit_q"].iloc[k])
            year = story.PEILDATA[q].year
            code = RUNNING_DEMOLITION[c] if q == Q_LAST else f"{PREFIX[c]}S{year % 100}1"
            if q != Q_LAST and code not in self._closed:
                self._open(code, c, f"Sloop {year}", "SLO", date(year, 1, 1))
            ready = pd.Timestamp(self._homes["uit_datum"].iloc[k]).date()
            self._add(k, c, code, "SLO", ready)

    def add_pipeline(self) -> None:
        """Homes that are still E/F/G and are on the list of a running project."""
        homes = self._homes
        free = is_efg(homes, Q_LAST) & owned(homes, Q_LAST)
        free &= homes["uitzondering"].eq("").to_numpy()
        label, wijk = homes["klasse_nu"].to_numpy(), homes["wijk"].to_numpy()
        turn = homes["projectrij"].to_numpy()
        emptied = temporarily_out(homes, Q_LAST)
        for p in (p for p in PROJECTEN if p.verbeteren):

            def order(k: int, p: Project = p) -> tuple[bool, bool, int, int]:
                # a home that was emptied for works is in a project that is being carried out
                last = not (emptied[k] and p.fase == "UIT")
                place = p.wijken.index(wijk[k]) if wijk[k] in p.wijken else len(p.wijken)
                return last, label[k] != p.voorkeur, place, int(turn[k])

            mine = free & (self._corp == p.corporatie)
            if p.voorkeur:
                mine &= np.isin(wijk, p.wijken)
            chosen = sorted(np.flatnonzero(mine).tolist(), key=order)[: p.verbeteren]
            if len(chosen) < p.verbeteren:
                raise ValueError(f"{p.code}: {len(chosen)} E/F/G homes for {p.verbeteren}")
            free[chosen] = False
            for k in chosen:
                self._add(
                    k, p.corporatie, p.code, "REN" if p.soort in ("REB", "REO") else "ISO",
                    NEVER_DAY, planned=p.gereed, isolatie=INSULATION[k % len(INSULATION)],
                    voor=label[k], beoogd=p.label,
                )  # fmt: skip

    def _add(
        self, k: int, c: str, project: str, action: str, ready: date, *, start: date = NEVER_DAY,
        planned: date = NEVER_DAY, isolatie: str = "", voor: str = "", beoogd: str = "",
        number: str = "",
    ) -> None:  # fmt: skip
        if ready != NEVER_DAY:
            planned = ready + timedelta(days=int(self._rng.integers(-40, 25)))
        self._actions.append(
            Action(
                k, c, number or str(self._number[k]), project, action, planned, ready, start,
                isolatie, VERA_LABEL.get(voor, voor), VERA_LABEL.get(beoogd, beoogd),
            )
        )  # fmt: skip

    def finish(self) -> Works:
        by_project: dict[str, list[Action]] = {}
        for action in self._actions:
            by_project.setdefault(action.project, []).append(action)
        buurten = self._homes["buurt"].to_numpy()
        works = {}
        for plan in (*self._closed.values(), *PROJECTEN):
            there = by_project.get(plan.code, [])
            improved = {a.home for a in there if a.actie in ("REN", "ISO", "WNT")}
            demolished = sum(a.actie == "SLO" for a in there)
            plan = plan._replace(verbeteren=len(improved), sloop=plan.sloop + demolished)
            if plan.fase == "OPL":
                places = [buurten[a.home] for a in there]
                ready = max(a.gereed for a in there)
                plan = plan._replace(
                    buurt=max(sorted(set(places)), key=places.count),
                    gereed=ready,
                    getekend=ready - timedelta(days=(len(there) * 7) % 90),
                    start=min(plan.start, min(a.gereed for a in there)),
                )
                if len(improved) >= 10:
                    asked = round(0.94 * len(improved))
                    plan = plan._replace(
                        aangesproken=asked, ingestemd=-(-asked * (74 + len(there) % 11) // 100)
                    )
            if plan.gereed > plan.getekend and not plan.oorzaak:
                plan = plan._replace(oorzaak="OVR")
            works[plan.code] = Work(plan, _stages(plan))
        order = {code: n for n, code in enumerate(works)}
        self._actions.sort(key=lambda a: (order[a.project], a.eenheid_id, a.actie))
        return Works(works, tuple(self._actions))


def _stages(plan: Project) -> tuple[tuple[str, date], ...]:
    """The day each phase began: the known ones, and the others at regular distance before them."""
    if plan.fase == "OPL":
        known = [("UIT", plan.start), ("OPL", plan.gereed)]
    elif plan.fase == "STO":
        known = [("CON", plan.fase_sinds - timedelta(days=STAGE_DAYS)), ("STO", plan.fase_sinds)]
    else:
        known = [(plan.fase, plan.fase_sinds)]
    first, since = known[0]
    before = STAGES[: STAGES.index(first)]
    earlier = [
        (stage, since - timedelta(days=STAGE_DAYS * (len(before) - n)))
        for n, stage in enumerate(before)
    ]
    return (*earlier, *known)


def project_rows(works: Works, corporation: str, peildatum: date) -> list[dict[str, str]]:
    """A corporation's projects as they stand on a peildatum, without those completed before."""
    quarter = QUARTER[peildatum]
    before = story.PEILDATA[quarter - 1]
    rows = []
    for work in works.projects.values():
        plan = work.plan
        now = work.phase(peildatum)
        if plan.corporatie != corporation or now is None or work.began("OPL") <= before:
            continue
        stage, since = now
        done = [a.gereed for a in works.actions if a.project == plan.code and a.gereed <= peildatum]
        late_known = peildatum >= LATE_KNOWN
        voted = plan.aangesproken > 0 and work.began("BES") <= peildatum
        rows.append(
            {
                "corporatie_code": corporation,
                "project_code": plan.code,
                "peildatum": peildatum.isoformat(),
                "naam": plan.naam,
                "projectsoort": plan.soort,
                "fase": stage,
                "fase_sinds": since.isoformat(),
                "buurt_code": plan.buurt,
                "besluit_datum": _shown(work.began("BES"), peildatum),
                "start_gepland": plan.start.isoformat(),
                "start_werkelijk": _shown(work.began("UIT"), peildatum),
                "gereed_gepland": (plan.gereed if late_known else plan.getekend).isoformat(),
                "gereed_werkelijk": _shown(work.began("OPL"), peildatum),
                "gereed_eerste": min(done).isoformat() if done else "",
                "gereed_laatste": max(done).isoformat() if done else "",
                "gereed_gepland_bij_ondertekening": plan.getekend.isoformat(),
                "aantal_sociaal": str(plan.sociaal),
                "aantal_midden": str(plan.midden),
                "aantal_vrij": "0",
                "aantal_koop": "0",
                "aantal_sloop": str(plan.sloop),
                "aantal_verbeteren": str(plan.verbeteren),
                "label_beoogd": plan.label,
                "aantal_aangesproken_huurders": str(plan.aangesproken) if voted else "",
                "aantal_ingestemd": str(plan.ingestemd) if voted else "",
                "instemming_datum": work.began("BES").isoformat() if voted else "",
                "sociaal_plan": "J" if plan.sloop else "NVT",
                "vertraging_oorzaak": plan.oorzaak if late_known else "",
            }
        )
    return rows


def action_rows(works: Works, corporation: str, peildatum: date) -> list[dict[str, str]]:
    """The homes of a corporation's projects that were decided on, done or not."""
    rows = []
    for a in works.actions:
        decided = works.projects[a.project].began("BES") <= peildatum
        if a.corporatie != corporation or not (decided or a.gereed <= peildatum):
            continue
        new = a.actie == "NIE"
        if new and a.start_bouw > peildatum and a.home >= 0:
            continue
        rows.append(
            {
                "corporatie_code": corporation,
                "project_code": a.project,
                "eenheid_id": a.eenheid_id,
                "actie": a.actie,
                "gereed_gepland": a.gepland.isoformat(),
                "gereed_werkelijk": _shown(a.gereed, peildatum),
                "start_bouw": _shown(a.start_bouw, peildatum) if new else "",
                "isolatie": a.isolatie,
                "label_voor": a.voor,
                "label_beoogd": a.beoogd,
                "deelname": "J" if a.actie in ("REN", "ISO", "WNT", "GAS") else "NVT",
            }
        )
    return rows


def _shown(day: date, peildatum: date) -> str:
    return day.isoformat() if day <= peildatum else ""
