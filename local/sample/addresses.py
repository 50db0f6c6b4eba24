"""Addresses and BAG identifiers for every home of the municipality, in Dutch style but invented.

The four digits of a postcode are those that occur most in the buurt (CBS); its letters and the
numbers are invented. Postcode with house number is enough to find the buurt, as in the postcode
file of CBS.
"""

from __future__ import annotations

import io
import zipfile
from typing import Final

import numpy as np
import pandas as pd

from local.sample import areas, story
from local.sample.margins import largest_remainder
from local.sample.plan import NEVER
from local.sample.seeds import Dice

LETTERS: Final = "ABCDEGHJKLMNPRSTVWXZ"
PER_POSTCODE: Final = 28
ZIP_DATE: Final = (2026, 10, 1, 6, 0, 0)
FORBIDDEN: Final = frozenset({"SA", "SD", "SS"})
POSTCODE_LETTERS: Final = tuple(a + b for a in LETTERS for b in LETTERS if a + b not in FORBIDDEN)
EENHEID_ID: Final = {
    "DKO": "DK-{:06d}",
    "CAR": "40.{:05d}",
    "MIJ": "M{:07d}",
    "ZUI": "ZW/{:05d}",
    "HOE": "{:06d}",
}


def add_private_homes(homes: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """All homes of the municipality: the corporations' first, then those of others.

    The others fill up each buurt to its share of the housing stock that CBS counted in 2019.
    """
    rng = dice.stream("particulier")
    figures = areas.read_figures()
    year = figures[figures["jaar"].eq(2019)].set_index("gebied")
    places = areas.buurten()
    stock = year.loc[places["code"], "woningvoorraad"].to_numpy()
    corporate = homes["buurt"].value_counts().reindex(places["code"]).fillna(0).to_numpy()
    counts = largest_remainder(
        np.maximum(stock - corporate, 1), story.WONINGEN_GEMEENTE - len(homes)
    )
    single = year.loc[places["code"], "eengezins_pct"].fillna(100).to_numpy()
    buurt = np.repeat(places["code"].to_numpy(), counts)
    n = buurt.size
    block = np.arange(n) // 36
    era = rng.choice([1910, 1930, 1952, 1962, 1972, 1982, 1993, 2004, 2014], int(block.max()) + 1,
                     p=[0.08, 0.14, 0.14, 0.17, 0.17, 0.12, 0.1, 0.05, 0.03])  # fmt: skip
    private = pd.DataFrame(
        {
            "corporatie": "",
            "groep": "particulier",
            "buurt": buurt,
            "wijk": [int(b[6:8]) for b in buurt],
            "complex": -1 - block,
            "bouwjaar": era[block] + rng.integers(-6, 7, n),
            "mgw": rng.uniform(0, 100, n) > np.repeat(single, counts),
            "slecht": rng.normal(0.2, 0.9, n),
        }
    )
    private["gebruiksoppervlakte"] = np.where(
        private["mgw"], rng.normal(82, 20, n), rng.normal(122, 30, n)
    ).clip(30, 320).round().astype(int)  # fmt: skip
    for name, dtype in homes.dtypes.items():
        if name in private:
            continue
        if pd.api.types.is_bool_dtype(dtype):
            private[name] = False
        elif pd.api.types.is_integer_dtype(dtype):
            private[name] = NEVER
        elif pd.api.types.is_object_dtype(dtype):
            private[name] = ""
        else:
            private[name] = pd.Series(np.nan, index=private.index).astype(dtype)
    return pd.concat([homes, private[homes.columns]], ignore_index=True)


def add_addresses(everything: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Postcode, number, letter, addition, BAG object and pand, and the corporation's own number."""
    rng = dice.stream("adressen")
    everything = everything.copy()
    key = everything["buurt"].astype(str) + everything["complex"].map("{:+07d}".format)
    block, names = pd.factorize(key, sort=True)
    order = np.argsort(block, kind="stable")
    position = np.empty(len(everything), dtype=np.int64)
    starts = np.searchsorted(block[order], np.arange(len(names)))
    position[order] = np.arange(len(everything)) - starts[block[order]]
    size = np.bincount(block)

    places = areas.buurten().set_index("code")["postcode4"]
    pc4 = places.loc[[name[:10] for name in names]].to_numpy(dtype=str)
    needed = -(-size // PER_POSTCODE)
    first = np.zeros(len(names), dtype=np.int64)
    for code in np.unique(pc4):
        here = np.flatnonzero(pc4 == code)
        first[here] = np.cumsum(needed[here]) - needed[here]
    letters = np.array(POSTCODE_LETTERS)[first[block] + position // PER_POSTCODE]
    everything["postcode"] = np.char.add(pc4[block], letters)

    flats = everything.groupby(block)["mgw"].transform("mean").to_numpy() > 0.5
    draw = rng.uniform(0, 1, len(names))[block]
    per_number = np.select([flats & (draw < 0.4), flats & (draw < 0.6), draw > 0.98], [4, 2, 4], 1)
    slot = position % PER_POSTCODE
    base = rng.integers(1, 60, len(names))[block] + (position // PER_POSTCODE) * 2
    everything["huisnummer"] = base + 2 * (slot // per_number)
    everything["huisletter"] = np.where(per_number == 4, np.array(list("ABCD"))[slot % 4], "")
    everything["toevoeging"] = np.where(per_number == 2, np.array(["1", "2"])[slot % 2], "")
    number = 500_000 + 7 * np.arange(len(everything))
    foreign = rng.uniform(0, 1, len(everything)) < 0.003
    everything["vbo"] = [
        f"{'0882' if f else '0917'}01{k:010d}" for k, f in zip(number, foreign, strict=True)
    ]
    shared = np.where(everything["mgw"], position // 8 * 8, position)
    everything["pand"] = [
        f"091710{300_000 + 60 * b + s:010d}" for b, s in zip(block * 40, shared, strict=True)
    ]
    everything["eenheid_id"] = ""
    for corporation, style in EENHEID_ID.items():
        mine = everything["corporatie"].eq(corporation).to_numpy()
        everything.loc[mine, "eenheid_id"] = [
            style.format(1000 + 3 * k) for k in range(int(mine.sum()))
        ]
    return everything


def postcode_file(everything: pd.DataFrame) -> bytes:
    """CBS postcode file 2025: PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025, codes without prefix.

    Beside Heerlen a few hundred addresses of other municipalities.
    """
    own = everything[["postcode", "huisnummer", "buurt"]].drop_duplicates(
        ["postcode", "huisnummer"]
    )
    lines = [
        f"{p};{h};{b[2:]};{b[2:8]};0917"
        for p, h, b in zip(own["postcode"], own["huisnummer"], own["buurt"], strict=True)
    ]
    lines += [f"1011AB;{n};0363AF01;0363AF;0363" for n in range(99, 140)]
    lines += [f"5051AA;{n};07850917;078509;0785" for n in range(1, 60, 2)]
    lines += [f"6371B{c};{n};08820302;088203;0882" for c in "ABCDEG" for n in range(1, 80, 2)]
    lines += [f"5611AA;{n};07721110;077211;0772" for n in range(1, 30)]
    text = (
        "PC6;Huisnummer;Buurt2025;Wijk2025;Gemeente2025\r\n" + "\r\n".join(sorted(lines)) + "\r\n"
    )
    return zip_bytes({"pc6hnr20250801_gwb.csv": text.encode("utf-8")})


def zip_bytes(files: dict[str, bytes]) -> bytes:
    """A zip whose bytes depend on the contents alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, date_time=ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
