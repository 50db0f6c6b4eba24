"""The EP-Online register of the sample: 46,000 certificates with their usual mess.

Homes of the corporations have the history their story asks for; other homes fill up the rest. The
mess (certificates without BAG id, placeholder ids, utility buildings, empty classes, additions
that identify no dwelling, several certificates of one day) never changes a figure of the story
when the counting rules are followed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.sample import story
from local.sample.addresses import zip_bytes
from local.sample.moments import owned, staying
from local.sample.plan import CORPS, NEVER, Q_LAST, Q_START
from local.sample.seeds import Dice

FILE: Final = "v20261001_v4_csv"
LAST_MUTATION: Final = 21045377
PREAMBLE: Final = (
    f"PublicatieDatum;01-10-2026\r\nLaatstVerwerkteMutatievolgnummer;{LAST_MUTATION}\r\n"
)
COLUMNS: Final = (
    "Registratiedatum", "Opnamedatum", "GeldigTot", "Certificaathouder", "SoortOpname", "Status",
    "Berekeningstype", "OpBasisVanReferentiegebouw", "Gebouwklasse", "Gebouwtype",
    "Gebouwsubtype", "SBICode", "Postcode", "Huisnummer", "Huisletter", "Huisnummertoevoeging",
    "Detailaanduiding", "BAGVerblijfsobjectID", "BAGLigplaatsID", "BAGStandplaatsID",
    "BAGPandIDs", "Projectnaam", "Projectobject", "Bouwjaar", "GebruiksoppervlakteThermischeZone",
    "Compactheid", "Energieklasse", "EnergieIndex", "EnergieIndexEMGForfaitair",
    "Energiebehoefte", "PrimaireFossieleEnergie", "PrimaireFossieleEnergieEMGForfaitair",
    "AandeelHernieuwbareEnergie", "AandeelHernieuwbareEnergieEMGForfaitair",
    "Temperatuuroverschrijding", "Warmtebehoefte", "EisEnergiebehoefte",
    "EisPrimaireFossieleEnergie", "EisAandeelHernieuwbareEnergie",
    "EisTemperatuuroverschrijding", "BerekendeCO2Emissie", "BerekendeEnergieverbruik",
)  # fmt: skip
PLACEHOLDERS: Final = ("0917010000000000", "0917000000000000", "0000000000000000")
HOLDER: Final = "Voorbeeldadviseur"

# Bands of EP2 (kWh/m2.yr) per class under NTA 8800, and of the older energy index.
EP2_BANDS: Final = {
    "A++++": (-30.0, 0.0), "A+++": (5.0, 50.0), "A++": (50.5, 75.0), "A+": (75.5, 105.0),
    "A": (105.5, 160.0), "B": (160.5, 190.0), "C": (190.5, 250.0), "D": (250.5, 290.0),
    "E": (290.5, 335.0), "F": (335.5, 380.0), "G": (380.5, 520.0),
}  # fmt: skip
EI_BANDS: Final = {
    "A++++": (0.2, 0.4), "A+++": (0.3, 0.5), "A++": (0.45, 0.6), "A+": (0.61, 0.8),
    "A": (0.81, 1.2), "B": (1.21, 1.4), "C": (1.41, 1.8), "D": (1.81, 2.1), "E": (2.11, 2.4),
    "F": (2.41, 2.7), "G": (2.71, 3.6),
}  # fmt: skip
LADDER: Final = ("A++++", "A+++", "A++", "A+", "A", "B", "C", "D", "E", "F", "G")
NADER: Final = (
    "Nader Voorschrift, versie 1.0, 1 februari 2014 met erratalijst, addendum 1 juli 2018"
)
ISSO: Final = "ISSO82.3, versie 3.0, oktober 2011"
DEFINITIEF: Final = "Rekenmethodiek Definitief Energielabel, versie 1.2, 16 september 2014"

Dates = npt.NDArray[np.datetime64]


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def make_certificates(everything: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """One row per certificate, typed; `home` is the row in `everything` (-1: no such home).

    Columns beside the published ones: rol (start, nieuw, ouder, val, particulier, rommel), u (the
    place inside the class band, 0 to 1).
    """
    corporate = everything[everything["corporatie"].ne("")]
    parts = [
        _current(corporate, dice),
        _events(corporate, dice),
    ]
    parts.append(_older(parts[0], dice))
    register = pd.concat(parts, ignore_index=True)
    without_id = _without_id(corporate, dice)
    register["zonder_vbo"] = register["home"].isin(without_id)
    register = pd.concat([register, _traps(corporate, register, dice)], ignore_index=True)
    mess = _mess(everything, dice)
    room = story.CERTIFICATEN - len(register) - len(mess)
    register = pd.concat([register, _private(everything, room, dice), mess], ignore_index=True)
    register = _complete(register, everything, dice)
    _tune_ep2(register, everything)
    _energy(register, dice)
    return _in_file_order(register)


def _frame(home: npt.ArrayLike, klasse: npt.ArrayLike, opname: Dates, lag: npt.ArrayLike,
           methode: npt.ArrayLike, rol: str) -> pd.DataFrame:  # fmt: skip
    return pd.DataFrame(
        {
            "home": home,
            "klasse": klasse,
            "opname": opname,
            "registratie": opname + np.asarray(lag),
            "methode": methode,
            "rol": rol,
        }
    )


def _methods(when: Dates, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """A method that was in use on the day of the survey."""
    draw = rng.uniform(0, 1, when.size)
    return np.select(
        [
            when >= day("2024-07-01"),
            when >= day("2023-01-01"),
            when >= day("2022-01-01"),
            when >= day("2021-01-01"),
            when < day("2015-01-01"),
            draw < 0.12,
        ],
        [
            "NTA 8800:2024 (basisopname woningbouw)",
            "NTA 8800:2023 (basisopname woningbouw)",
            "NTA 8800:2022 (basisopname woningbouw)",
            "NTA 8800:2020 (basisopname woningbouw)",
            ISSO,
            DEFINITIEF,
        ],
        NADER,
    ).astype(object)


def _current(homes: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """The certificate in force at the first peildatum (or, for a bought home, at purchase)."""
    rng = dice.stream("certificaat-start")
    here = homes[homes["klasse_toen"].fillna("").ne("")]
    n = len(here)
    poor = here["klasse_toen"].isin(["E", "F", "G"]).to_numpy()
    expired = here["verlopen"].to_numpy(dtype=bool)
    replaced = here["label_q"].lt(NEVER).to_numpy()
    draw = rng.uniform(0, 1, n)
    share_nta = np.where(poor, 0.5, 0.72)
    modern = draw < share_nta
    opname = np.select(
        [expired, modern, replaced],
        [
            day("2014-11-03") + rng.integers(0, 660, n),
            day("2021-01-04") + rng.integers(0, 990, n),
            day("2013-02-01") + rng.integers(0, 2700, n),
        ],
        day("2016-10-03") + rng.integers(0, 1400, n),
    )
    lag = rng.integers(3, 85, n)
    edge = np.flatnonzero(poor & ~expired & ~modern & ~replaced & staying(here))[:2]
    opname[edge] = day("2016-09-30")
    return _frame(here.index, here["klasse_toen"], opname, lag, _methods(opname, rng), "start")


def _events(homes: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Registrations in the story's own quarters: after works, renewed, first, or of a new home."""
    rng = dice.stream("certificaat-nieuw")
    here = homes[homes["label_q"].lt(NEVER) & homes["klasse_nu"].ne("")]
    n = len(here)
    ends = np.array(story.PEILDATA, dtype="datetime64[D]")
    starts = np.concatenate([[day("2023-10-01")], ends[:-1] + 1])
    quarter = here["label_q"].to_numpy()
    length = (ends[quarter] - starts[quarter]).astype(int)
    registered = starts[quarter] + np.floor(rng.uniform(0, 1, n) * (length + 1)).astype(int)
    on_the_day = rng.uniform(0, 1, n) < 0.04
    registered[on_the_day] = ends[quarter][on_the_day]
    lag = rng.integers(8, 70, n)
    frame = _frame(here.index, here["klasse_nu"], registered - lag, lag,
                   _methods(registered, rng), "nieuw")  # fmt: skip
    works = here["eind"].eq("verbeterd").to_numpy()
    frame["project"] = np.where(
        works, "Voorbeeldproject " + here["corporatie"].to_numpy() + " wijk "
        + here["wijk"].astype(str).to_numpy(), "",
    )  # fmt: skip
    frame["oplevering"] = here["groep"].eq("nieuw").to_numpy()
    return frame


def _older(current: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Superseded certificates: earlier surveys of the same home, sometimes a class or two worse."""
    rng = dice.stream("certificaat-ouder")
    modern = current[current["methode"].str.startswith("NTA")]
    some = modern[rng.uniform(0, 1, len(modern)) < 0.42]
    n = len(some)
    step = rng.choice([0, 1, 2, 3], n, p=[0.35, 0.35, 0.2, 0.1])
    at = some["klasse"].map({k: i for i, k in enumerate(LADDER)}).to_numpy()
    klasse = np.array(LADDER)[np.minimum(at + step, len(LADDER) - 1)]
    opname = day("2011-02-01") + rng.integers(0, 3450, n)
    return _frame(some["home"], klasse, opname, rng.integers(3, 80, n), _methods(opname, rng),
                  "ouder")  # fmt: skip


def _without_id(homes: pd.DataFrame, dice: Dice) -> npt.NDArray[np.int64]:
    """Homes none of whose certificates carries a BAG id: only the address finds them."""
    rng = dice.stream("zonder-id")
    pool = homes.index[homes["klasse_nu"].ne("") & ~homes["zonder_adres"]]
    return np.sort(rng.permutation(np.asarray(pool))[:280])


def _traps(homes: pd.DataFrame, register: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Rows at homes of corporations that must not count, or count only by the rules for ties."""
    rng = dice.stream("vallen")
    plain = register[~register["zonder_vbo"]]
    last = plain.sort_values("registratie").groupby("home").tail(1)
    last = last[last["home"].isin(homes.index[staying(homes)])]
    last = last[last["registratie"].lt(pd.Timestamp("2024-01-01"))]
    chosen = last.iloc[rng.permutation(len(last))[:90]].sort_values("home")
    groups = np.repeat(np.arange(6), 15)
    opposite = np.where(chosen["klasse"].isin(["E", "F", "G"]), "A", "G")
    trap = chosen.assign(rol="val", val=groups, project="", oplevering=False)
    trap["klasse"] = opposite
    late = pd.Timestamp("2024-02-05")
    moved = np.isin(groups, [0, 1, 2])
    trap.loc[moved, "opname"] = late
    trap.loc[moved, "registratie"] = late + pd.Timedelta(days=20)
    # 0: utility building; 1: no class; 2: an addition that identifies no dwelling, without id;
    # 3: same day registered, surveyed earlier; 4: same days, an earlier row; 5: an old one again.
    trap.loc[groups == 1, "klasse"] = ""
    trap.loc[groups == 2, "zonder_vbo"] = True
    trap.loc[groups == 3, "opname"] = trap.loc[groups == 3, "opname"] - pd.Timedelta(days=2)
    trap.loc[groups == 5, "opname"] = pd.Timestamp("2012-05-07")
    trap.loc[groups == 5, "registratie"] = pd.Timestamp("2012-05-21")
    trap.loc[groups == 5, "methode"] = ISSO
    return trap


def _private(everything: pd.DataFrame, room: int, dice: Dice) -> pd.DataFrame:
    rng = dice.stream("certificaat-particulier")
    pool = everything.index[everything["corporatie"].eq("")].to_numpy()
    homes = np.sort(rng.permutation(pool)[: round(room * 0.87)])
    slecht = everything.loc[homes, "slecht"].to_numpy()
    rank = np.argsort(np.argsort(slecht + rng.normal(0, 0.4, homes.size))) / homes.size
    grades = np.array(LADDER, dtype=object)
    edges = np.cumsum([0.004, 0.012, 0.024, 0.04, 0.17, 0.13, 0.22, 0.13, 0.11, 0.08])
    klasse = grades[np.searchsorted(edges, rank)]
    opname = day("2013-01-07") + rng.integers(0, 4950, homes.size)
    lag = rng.integers(2, 60, homes.size)
    base = _frame(homes, klasse, opname, lag, _methods(opname, rng), "particulier")
    again = base.iloc[np.sort(rng.permutation(len(base))[: room - len(base)])].copy()
    again["opname"] = again["opname"] - pd.to_timedelta(rng.integers(200, 1500, len(again)), "D")
    again["registratie"] = again["opname"] + pd.to_timedelta(rng.integers(2, 60, len(again)), "D")
    again["methode"] = _methods(again["opname"].to_numpy().astype("datetime64[D]"), rng)
    both = pd.concat([base, again], ignore_index=True)
    both["zonder_vbo"] = rng.uniform(0, 1, len(both)) < 0.08
    return both


def _mess(everything: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Rows that are of no home of a corporation: utility, placeholders, elsewhere, odd notation."""
    rng = dice.stream("rommel")
    pool = everything.index[everything["corporatie"].eq("")].to_numpy()
    kinds = np.repeat(
        ["utiliteit", "placeholder", "detail", "leeg", "elders", "notatie", "ligplaats"],
        [420, 60, 130, 80, 260, 60, 30],
    )
    n = kinds.size
    opname = day("2014-03-03") + rng.integers(0, 4500, n)
    frame = _frame(rng.permutation(pool)[:n], rng.choice(list("ABCDEFG"), n), opname,
                   rng.integers(2, 70, n), _methods(opname, rng), "rommel")  # fmt: skip
    frame["soort_rommel"] = kinds
    frame["zonder_vbo"] = np.isin(kinds, ["detail", "ligplaats"])
    frame.loc[kinds == "leeg", "klasse"] = ""
    return frame


def _complete(register: pd.DataFrame, everything: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Everything that follows from the home, and the places inside the bands."""
    rng = dice.stream("certificaat-aanvulling")
    register = register.reset_index(drop=True)
    register["volgnummer"] = np.arange(len(register))
    for name in ("soort_rommel", "project"):
        register[name] = register[name].fillna("")
    register["val"] = register["val"].fillna(-1).astype(int)
    register["oplevering"] = register["oplevering"].eq(True)
    register["zonder_vbo"] = register["zonder_vbo"].astype(bool)
    home = everything.loc[register["home"]].reset_index(drop=True)
    for name in ("postcode", "huisnummer", "huisletter", "toevoeging", "vbo", "pand", "bouwjaar",
                 "mgw", "corporatie"):  # fmt: skip
        register[name] = home[name]
    register["detail_soort"] = home["detail_soort"].fillna("")
    register["gebruiksoppervlakte"] = home["gebruiksoppervlakte"] - 4 + rng.uniform(0, 6, len(home))
    register["u"] = rng.beta(2, 2, len(register))
    register["nta"] = register["methode"].str.startswith("NTA")
    heat = home["warmte_q"].fillna(NEVER).to_numpy() < 0
    register["emg"] = heat & register["nta"].to_numpy() & register["corporatie"].ne("").to_numpy()
    return register


def label_at(register: pd.DataFrame, peildatum: object) -> pd.Series:
    """Index of each home's certificate in force on a peildatum, by the story's own history."""
    history = register[register["rol"].isin(["start", "nieuw", "ouder"])]
    known = history[history["registratie"].le(pd.Timestamp(str(peildatum)))]
    known = known.sort_values(["registratie", "opname", "volgnummer"])
    return known.groupby("home").tail(1).reset_index().set_index("home")["index"]


def _tune_ep2(register: pd.DataFrame, everything: pd.DataFrame) -> None:
    """Bend the places inside the bands until the mean EP2 per corporation is near the story's."""
    low = register["klasse"].map({k: v[0] for k, v in EP2_BANDS.items()}).fillna(0).to_numpy()
    high = register["klasse"].map({k: v[1] for k, v in EP2_BANDS.items()}).fillna(0).to_numpy()
    u = register["u"].to_numpy().copy()
    at_end = label_at(register, story.LAATSTE)
    at_start = label_at(register, story.START)
    corporate = everything[everything["corporatie"].ne("")]
    for c in CORPS:
        mine = corporate["corporatie"].eq(c).to_numpy()
        last = _nta(register, at_end, corporate.index[mine & owned(corporate, Q_LAST)])
        start = _nta(register, at_start, corporate.index[mine & owned(corporate, Q_START)])
        for chosen, fixed, target in (
            (last, np.array([], dtype=int), story.EP2_GEMIDDELD[c][1]),
            (np.setdiff1d(start, last), np.intersect1d(start, last), story.EP2_GEMIDDELD[c][0]),
        ):
            base = u[chosen].copy()
            weak, strong = 0.15, 6.0
            for _ in range(40):
                power = (weak + strong) / 2
                u[chosen] = base**power
                both = np.concatenate([chosen, fixed])
                mean = float((low[both] + (high[both] - low[both]) * u[both]).mean())
                if mean > target:
                    weak = power
                else:
                    strong = power
    register["ep2"] = np.round(low + (high - low) * u, 2)


def _nta(register: pd.DataFrame, current: pd.Series, homes: pd.Index) -> npt.NDArray[np.int64]:
    rows = current.reindex(homes).dropna().astype(int).to_numpy()
    return rows[register["nta"].to_numpy()[rows]]


def _energy(register: pd.DataFrame, dice: Dice) -> None:
    rng = dice.stream("energie")
    n = len(register)
    ei_low = register["klasse"].map({k: v[0] for k, v in EI_BANDS.items()}).fillna(1).to_numpy()
    ei_high = register["klasse"].map({k: v[1] for k, v in EI_BANDS.items()}).fillna(1).to_numpy()
    register["ei"] = np.round(ei_low + (ei_high - ei_low) * register["u"], 2)
    register["behoefte"] = np.round(
        register["ep2"].clip(lower=20) * 0.42 + rng.uniform(25, 60, n), 2
    )
    register["warmtebehoefte"] = np.round(register["behoefte"] * rng.uniform(0.8, 1.05, n), 2)
    register["hernieuwbaar"] = np.where(
        register["ep2"] < 105,
        np.round(rng.uniform(30, 90, n), 1),
        np.round(rng.uniform(0, 9, n), 1),
    )
    register["compactheid"] = np.round(
        np.where(register["mgw"], rng.uniform(0.7, 1.4, n), rng.uniform(1.3, 2.4, n)), 2
    )
    register["tojuli"] = np.round(rng.uniform(0, 3.2, n), 2)
    register["mj"] = np.round(rng.normal(93_000, 26_000, n).clip(15_000, 260_000), 2)


def _in_file_order(register: pd.DataFrame) -> pd.DataFrame:
    """By address; of two certificates with the same dates the one that counts comes last."""
    rank = np.where(register["val"].eq(4), 0, 1)
    return register.assign(rang=rank).sort_values(
        ["postcode", "huisnummer", "huisletter", "toevoeging", "rang", "registratie", "volgnummer"],
        kind="stable",
    ).reset_index(drop=True)  # fmt: skip


def _dates(values: pd.Series) -> list[str]:
    days = np.datetime_as_string(values.to_numpy().astype("datetime64[D]"))
    return np.char.replace(days, "-", "").tolist()


def _numbers(values: pd.Series, shown: npt.NDArray[np.bool_], decimals: int = 2) -> list[str]:
    return [
        f"{v:.{decimals}f}".replace(".", ",") if s else ""
        for v, s in zip(values.tolist(), shown.tolist(), strict=True)
    ]


def certificate_file(register: pd.DataFrame, dice: Dice) -> bytes:
    """The zipped total file: BOM, two lines of preamble, header, rows; CRLF, decimal comma."""
    rng = dice.stream("bestand")
    n = len(register)
    kind = register["soort_rommel"].to_numpy()
    val = register["val"].to_numpy()
    utility = (kind == "utiliteit") | (val == 0)
    nta = register["nta"].to_numpy()
    index = register["methode"].eq(NADER).to_numpy()
    has_class = register["klasse"].ne("").to_numpy()
    dwelling = ~utility & has_class
    elsewhere = np.flatnonzero(kind == "elders")
    odd = np.flatnonzero(kind == "notatie")

    registered, surveyed = _dates(register["registratie"]), _dates(register["opname"])
    expiry = register["opname"] + pd.DateOffset(years=10)
    until = _dates(expiry)
    postcode = register["postcode"].tolist()
    vbo = np.where(register["zonder_vbo"], "", register["vbo"]).astype(object)
    vbo[kind == "placeholder"] = rng.choice(PLACEHOLDERS, int((kind == "placeholder").sum()))
    for k, row in enumerate(elsewhere.tolist()):
        postcode[row] = f"6371B{'ABCDEG'[k % 6]}"
        vbo[row] = f"088201{700_000 + k:010d}"
    for k, row in enumerate(odd.tolist()):
        if k % 3 == 0:
            postcode[row] = f"{postcode[row][:4]} {postcode[row][4:]}"
        elif k % 3 == 1:
            postcode[row] = postcode[row].lower()
        else:
            registered[row] = f"{registered[row][:4]}-{registered[row][4:6]}-{registered[row][6:]}"
    detail = np.full(n, "", dtype=object)
    detail[(kind == "detail") | (val == 2)] = "BG RE"
    berth = np.flatnonzero(kind == "ligplaats")
    mooring, site = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    for k, row in enumerate(berth.tolist()):
        column, kind_of_id = (mooring, "02") if k % 3 == 0 else (site, "03")
        column[row] = f"0917{kind_of_id}{900_000 + k:010d}"
    pand = register["pand"].to_numpy().astype(object)
    several = rng.uniform(0, 1, n) < 0.015
    pand[several] = [f"{p},{p[:6]}{int(p[6:]) + 1:010d}" for p in pand[several]]
    kinds = {
        "TUS": "Rijwoning tussen", "HOE": "Rijwoning hoek", "VRI": "Vrijstaande woning",
        "TWE": "Twee-onder-een-kap / rijwoning hoek", "GAL": "Galerijwoning",
        "POF": "Portiekwoning", "BOV": "Appartement", "MAI": "Maisonnette",
    }  # fmt: skip
    mgw = register["mgw"].to_numpy(dtype=bool)
    draw = rng.uniform(0, 1, n)
    own_type = np.where(mgw, "Appartement", np.where(draw < 0.5, "Rijwoning tussen",
                        np.where(draw < 0.8, "Vrijstaande woning", "Rijwoning hoek")))  # fmt: skip
    gebouwtype = np.where(
        utility, "", register["detail_soort"].map(kinds).fillna(pd.Series(own_type))
    )
    subtype = np.where(
        mgw & ~utility, np.array(["Tussenvloer", "Hoekvloer", "Tussenmidden", "Hoekmidden",
                                  "Tussendak"])[(draw * 5).astype(int)], "")  # fmt: skip
    detailed = register["oplevering"].to_numpy() | (draw < 0.06)
    method = [
        m.replace("basisopname", "detailopname") if d else m
        for m, d in zip(register["methode"].tolist(), detailed.tolist(), strict=True)
    ]
    method = [m.replace("woningbouw", "utiliteitsbouw") if u else m
              for m, u in zip(method, utility.tolist(), strict=True)]  # fmt: skip
    emg = register["emg"].to_numpy()
    plain = register["ep2"].where(~emg, (register["ep2"] * 0.55).round(2))
    modern = nta & has_class
    co2 = np.where(register["methode"].eq(DEFINITIEF), 0.0, register["ep2"].clip(lower=5) * 0.18)
    used = register["ep2"].where(register["nta"], register["mj"])
    empty = [""] * n
    columns: list[list[str]] = [
        registered,
        surveyed,
        until,
        [HOLDER] * n,
        np.where(detailed, "Detailopname", "Basisopname").tolist(),
        np.where(register["oplevering"], "Oplevering", "Bestaand").tolist(),
        method,
        ["Nee"] * n,
        np.where(utility, "U", "W").tolist(),
        gebouwtype.tolist(),
        subtype.tolist(),
        np.where(utility, "47", "").tolist(),
        postcode,
        register["huisnummer"].astype(int).astype(str).tolist(),
        register["huisletter"].tolist(),
        register["toevoeging"].tolist(),
        detail.tolist(),
        vbo.tolist(),
        mooring.tolist(),
        site.tolist(),
        pand.tolist(),
        register["project"].tolist(),
        empty,
        register["bouwjaar"].astype(int).astype(str).tolist(),
        _numbers(register["gebruiksoppervlakte"], np.full(n, True)),
        _numbers(register["compactheid"], modern),
        register["klasse"].tolist(),
        _numbers(register["ei"], index & dwelling),
        empty,
        _numbers(register["behoefte"], modern),
        _numbers(plain, modern),
        _numbers(register["ep2"], modern & emg),
        _numbers(register["hernieuwbaar"], modern, 1),
        _numbers(register["hernieuwbaar"], modern & emg, 1),
        _numbers(register["tojuli"], modern & dwelling),
        _numbers(register["warmtebehoefte"], modern & dwelling),
        empty,
        empty,
        empty,
        empty,
        _numbers(pd.Series(co2), has_class),
        _numbers(used, has_class),
    ]
    lines = [";".join(values) for values in zip(*columns, strict=True)]
    text = "\ufeff" + PREAMBLE + ";".join(COLUMNS) + "\r\n" + "\r\n".join(lines) + "\r\n"
    return zip_bytes({f"{FILE}.csv": text.encode("utf-8")})
