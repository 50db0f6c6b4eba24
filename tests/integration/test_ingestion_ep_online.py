"""EP-Online on a real Postgres: old and new total files, mutations in sequence, single look-ups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from afspraken.db import connect
from afspraken.settings import Settings
from expectations import judge_sources
from ingestion import LandingFailedError, land
from ingestion.fetch import Patience
from ingestion.landing import Landed
from ingestion.load import Landing, Rows, add_landing
from ingestion.tables import ensure_raw_tables
from tests.ep_online import BASE, V4, EpOnline, certificate, day_file, total_file

QUICK = Patience(attempts=2, first_wait=0.01, longest_wait=0.05, timeout=1.0)
OCTOBER = "v20261001_v4_csv.zip"
Land = Callable[[str, EpOnline], list[Landed]]


@pytest.fixture
def settings(warehouse: Settings) -> Settings:
    """The night of 4 October 2026 in an empty warehouse."""
    return warehouse.model_copy(
        update={"ep_online_url": BASE, "clock": "2026-10-04T02:30:00+02:00"}
    )


def bring(settings: Settings, source: str, register: EpOnline) -> list[Landed]:
    """What became of each part, also when one failed."""
    try:
        return land(source, settings, transport=register.transport, patience=QUICK)
    except LandingFailedError as error:
        return error.landed


def query(settings: Settings, text: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(text.encode()).fetchall()


def with_total(settings: Settings, **more: Any) -> EpOnline:
    """A register with a total file that ends with mutation 100, landed and accepted."""
    register = EpOnline((OCTOBER, total_file([certificate(n) for n in range(1, 121)])), **more)
    bring(settings, "ep_online", register)
    judge_sources(settings)
    register.asked.clear()
    return register


V1 = """Pand_opnamedatum Pand_opnametype Pand_status Pand_berekeningstype Pand_energieindex
Pand_energieklasse Pand_energielabel_is_prive Pand_is_op_basis_van_referentie_gebouw
Pand_gebouwklasse Meting_geldig_tot Pand_registratiedatum Pand_postcode Pand_huisnummer
Pand_huisletter Pand_huisnummer_toev Pand_detailaanduiding Pand_bagverblijfsobjectid
Pand_bagligplaatsid Pand_bagstandplaatsid Pand_bagpandid Pand_gebouwtype Pand_gebouwsubtype
Pand_projectnaam Pand_projectobject Pand_SBIcode Pand_gebruiksoppervlakte Pand_energiebehoefte
Pand_eis_energiebehoefte Pand_primaire_fossiele_energie Pand_eis_primaire_fossiele_energie
Pand_primaire_fossiele_energie_EMG_forfaitair Pand_aandeel_hernieuwbare_energie
Pand_eis_aandeel_hernieuwbare_energie Pand_aandeel_hernieuwbare_energie_EMG_forfaitair
Pand_temperatuuroverschrijding Pand_eis_temperatuuroverschrijding Pand_warmtebehoefte""".split()  # noqa: SIM905 - read like the heading of the file
V2 = [
    *(
        {
            "Pand_huisnummer_toev": "Pand_huisnummertoevoeging",
            "Pand_gebruiksoppervlakte": "Pand_gebruiksoppervlakte_thermische_zone",
        }.get(name, name)
        for name in V1
    ),
    "Pand_energieindex_met_EMG_forfaitair",
]
OLD = {
    "Pand_registratiedatum": "2022-01-15",
    "Pand_opnamedatum": "20220101",
    "Meting_geldig_tot": "01-01-2032",
    "Pand_berekeningstype": "NTA 8800:2022 (basisopname woningbouw)",
    "Pand_gebouwklasse": "W",
    "Pand_postcode": "6411AA",
    "Pand_huisnummer": "1",
    "Pand_huisnummer_toev": "bis",
    "Pand_huisnummertoevoeging": "bis",
    "Pand_bagverblijfsobjectid": "0917010000000001",
    "Pand_energieklasse": "A+++++",
    "Pand_primaire_fossiele_energie": "-12,5",
    "Pand_gebruiksoppervlakte": "78,7",
    "Pand_gebruiksoppervlakte_thermische_zone": "78,7",
    "Pand_energielabel_is_prive": "0",
}


@pytest.mark.parametrize(
    ("name", "names", "row", "last"),
    [
        ("v20200101_v1_csv.zip", V1, OLD, None),
        ("v20230901_v2_csv.zip", V2, OLD, None),
        (
            OCTOBER,
            V4,
            certificate(
                1,
                Registratiedatum="2022-01-15",
                GeldigTot="01-01-2032",
                Huisnummertoevoeging="bis",
                Energieklasse="A+++++",
                PrimaireFossieleEnergie="-12,5",
                GebruiksoppervlakteThermischeZone="78,7",
            ),
            100,
        ),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_edition_of_the_total_file_loads_by_name_in_any_order(
    settings: Settings,
    name: str,
    names: Sequence[str],
    row: dict[str, str],
    last: int | None,
    end: str,
) -> None:
    assert len(V1) == 37
    turned = sorted(names, key=lambda name: name[::-1])
    elsewhere = {**row, "Postcode": "1011AB", "Pand_postcode": "1011AB"}
    spaced = {**row, "Postcode": "6433 ab", "Pand_postcode": "6433 ab"}
    content = total_file([elsewhere, row, spaced], last=last, names=turned, end=end)
    (landed,) = bring(settings, "ep_online", EpOnline((name, content)))
    assert (landed.outcome, landed.rows) == ("new", 2)
    rows = query(
        settings,
        "select registratiedatum, opnamedatum, geldig_tot, huisnummertoevoeging, energieklasse, "
        "primaire_fossiele_energie, gebruiksoppervlakte_thermische_zone, postcode, _row_number "
        "from raw.ep_online_certificaat order by _row_number",
    )
    # the heading stands below two lines of preamble, or on top
    first = 3 if last is None else 5
    common = ("2022-01-15", "20220101", "01-01-2032", "bis", "A+++++", "-12,5", "78,7")
    assert rows == [(*common, "6411AA", first), (*common, "6433 ab", first + 1)]


def test_without_postcodes_the_whole_country_is_loaded(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "nederland"
    folder.mkdir()
    (folder / "municipality.yml").write_text(
        "gemeente: {code: GM0917, naam: Heerlen}\npartijen: []\n"
    )
    monkeypatch.setattr(Settings, "municipality_dir", folder)
    content = total_file([certificate(1), certificate(2, Postcode="1011AB")])
    (landed,) = bring(settings, "ep_online", EpOnline((OCTOBER, content)))
    assert landed.rows == 2


def test_a_gap_in_the_numbers_is_told_and_a_newer_total_file_closes_it(settings: Settings) -> None:
    register = with_total(
        settings,
        days={
            "2026-10-01": day_file(101, (1, certificate(1)), (1, certificate(2))),
            "2026-10-02": day_file(106, (1, certificate(3))),
            "2026-10-03": day_file(107),
        },
    )
    landed = bring(settings, "ep_online_mutations", register)
    assert [(item.part, item.outcome) for item in landed] == [
        ("2026-09-30", "unchanged"),
        ("2026-10-01", "new"),
        ("2026-10-02", "new"),
        ("2026-10-03", "new"),
        ("reeks", "failed"),
    ]
    assert "Mutaties 103 tot en met 105 ontbreken" in landed[-1].message
    assert "02-10-2026" in landed[-1].message
    # no newer total file yet, but it was asked for
    assert register.asked[-1] == "/Mutatiebestand/DownloadInfo?fileType=csv"
    judge_sources(settings)
    register.asked.clear()
    bring(settings, "ep_online_mutations", register)
    assert register.asked[0] == "/Mutatiebestand/DownloadInfo?fileType=csv"

    rows = [certificate(n) for n in range(1, 121)]
    register.total = ("v20261002_v4_csv.zip", total_file(rows, last=105, published="02-10-2026"))
    landed = bring(settings, "ep_online_mutations", register)
    assert [(item.part, item.outcome) for item in landed] == [("reeks", "unchanged")]
    assert "tot en met nummer 106" in landed[-1].message
    assert query(settings, "select publisher_version from ops.landing order by 1 desc limit 1") == [
        ("v20261002_v4_csv.zip|105",)
    ]


def test_mutations_that_the_total_file_holds_already_are_kept_and_said(settings: Settings) -> None:
    register = with_total(
        settings,
        days={
            "2026-09-30": day_file(99, (1, certificate(1)), (1, certificate(2))),
            "2026-10-01": day_file(101, (2, {"Postcode": "6411AA", "Huisnummer": "1"})),
            "2026-10-03": day_file(102, (1, certificate(3, Postcode="1011AB"))),
        },
    )
    landed = bring(settings, "ep_online_mutations", register)
    # of 2 October EP-Online has no file, and the numbers say that nothing was missed
    assert [item.outcome for item in landed] == ["new", "new", "unchanged", "new", "unchanged"]
    assert landed[-1].message == (
        "Mutaties tot en met nummer 102 zijn verwerkt. 1 dagbestand stond al in het totaalbestand."
    )
    # what lies elsewhere is archived and counted, not loaded
    assert query(
        settings, "select volgnummer, stuurcode, huisnummer from raw.ep_online_mutatie order by 1"
    ) == [("100", "1", "2"), ("101", "2", "1"), ("99", "1", "1")]
    register.asked.clear()
    assert [item.part for item in bring(settings, "ep_online_mutations", register)] == ["reeks"]
    assert register.asked == []


def test_names_in_the_xml_become_those_of_the_total_file(settings: Settings) -> None:
    record = {
        "Registratiedatum": "20261001",
        "Geldig_tot": "20360924",
        "Soort_opname": "Basisopname",
        "Op_basis_van_referentiegebouw": "Nee",
        "SBIcode": "47",
        "Postcode": "6411AA",
        "BAGPandIDs": "<BAGPandID>0917100000000001</BAGPandID>"
        "<BAGPandID>0917100000000002</BAGPandID>",
        "Energie_Index": "1,55",
        "Energieindex_EMG_forfaitair": "1,60",
        "Primaire_fossiele_energie": "140,00",
        "Primaire_fossiele_energie_EMG_forfaitair": "150,00",
    }
    register = with_total(settings, days={"2026-10-01": day_file(101, (1, record))})
    bring(settings, "ep_online_mutations", register)
    assert query(
        settings,
        "select registratiedatum, geldig_tot, soort_opname, op_basis_van_referentiegebouw, "
        "sbi_code, bag_pand_ids, energie_index, energie_index_emg_forfaitair, "
        "primaire_fossiele_energie, primaire_fossiele_energie_emg_forfaitair "
        "from raw.ep_online_mutatie",
    ) == [
        (
            "20261001",
            "20360924",
            "Basisopname",
            "Nee",
            "47",
            "0917100000000001,0917100000000002",
            "1,55",
            "1,60",
            "140,00",
            "150,00",
        )
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"Postcode": "6411AA", "Labelkleur": "groen"}, "not yet mapped ['Labelkleur']"),
        ({"Postcode": "<half"}, "afgebroken of ongeldig"),
    ],
)
def test_a_day_that_cannot_be_read_stops_the_sequence_and_leaves_no_row(
    settings: Settings, fields: dict[str, str], said: str
) -> None:
    register = with_total(
        settings,
        days={
            "2026-10-01": day_file(101, (1, fields)),
            "2026-10-02": day_file(102, (1, certificate(1))),
        },
    )
    landed = bring(settings, "ep_online_mutations", register)
    assert [item.outcome for item in landed] == ["unchanged", "failed", "unchanged"]
    assert said in landed[1].message
    assert query(settings, "select count(*) from raw.ep_online_mutatie") == [(0,)]


@pytest.fixture
def delivered(settings: Settings) -> Settings:
    """Five homes of a corporation: known, unknown by id, known by address, without id, no id."""
    homes = [
        ("0917010000000001", "6411AA", "1", ""),
        ("0917010000000501", "6411AA", "501", ""),
        ("0917010000000502", "6411AA", "121", ""),
        ("", "6411 aa", "0503", "b"),
        ("0917000000000000", "", "", ""),
    ]
    columns = ("bag_object_id", "postcode", "huisnummer", "huisletter")
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        landing = Landing(
            "levering_eenheid",
            "DKO/2026-09-30",
            "eenheid.csv",
            "0" * 64,
            1,
            settings.now(),
            sender="DKO",
            peildatum=date(2026, 9, 30),
        )
        rows = Rows(columns, [(n, [v or None for v in home]) for n, home in enumerate(homes, 2)])
        add_landing(connection, landing, {"levering_eenheid": rows})
        connection.execute("update ops.landing set state = 'accepted'")
    return settings


def test_a_home_without_a_certificate_is_asked_for_and_its_answer_is_remembered(
    delivered: Settings,
) -> None:
    rows = [certificate(n) for n in range(1, 121)]
    rows.append(certificate(121, BAGVerblijfsobjectID=""))
    register = EpOnline((OCTOBER, total_file(rows)))
    bring(delivered, "ep_online", register)
    judge_sources(delivered)
    register.asked.clear()
    answer = {
        "Registratiedatum": "2026-02-04T15:31:59.943",
        "Gebouwklasse": "Woningbouw",
        "Energieklasse": "B",
        "PrimaireFossieleEnergie": 172.52,
        "BAGVerblijfsobjectID": "0917010000000501",
        "BAGPandIDs": ["0917100000000001"],
        "IsVereenvoudigdLabel": False,
    }
    register.answers = {"0917010000000501": [answer]}
    (landed,) = bring(delivered, "ep_online_lookup", register)
    assert (landed.part, landed.outcome, landed.rows) == ("2026-10-04/1", "new", 2)
    assert register.asked == [
        "/PandEnergielabel/AdresseerbaarObject/0917010000000501",
        "/PandEnergielabel/Adres?postcode=6411AA&huisnummer=503&huisletter=B",
    ]
    assert query(
        delivered,
        "select sleutel, antwoordcode, energieklasse, primaire_fossiele_energie "
        "from raw.ep_online_opvraging order by _row_number",
    ) == [
        ("0917010000000501", "200", "B", "172,52"),
        ("6411AA|503|B|", "404", None, None),
    ]
    judge_sources(delivered)
    (again,) = bring(delivered, "ep_online_lookup", register)
    assert (again.outcome, len(register.asked)) == ("unchanged", 2)
    later = delivered.model_copy(update={"clock": "2026-11-04T02:30:00+01:00"})
    (month,) = bring(later, "ep_online_lookup", register)
    assert (month.outcome, len(register.asked)) == ("new", 4)


@pytest.mark.parametrize(
    ("status", "outcome", "codes", "said"),
    [
        (400, "new", ["400", "404"], "2 rijen geladen."),
        (401, "failed", [], "sleutel"),
        (429, "failed", [], "fout 429"),
        (503, "failed", [], "fout 503"),
    ],
)
def test_a_look_up_that_is_refused_is_remembered_and_one_that_fails_is_not(
    delivered: Settings, status: int, outcome: str, codes: list[str], said: str
) -> None:
    register = with_total(delivered, answers={"0917010000000501": status})
    with connect(delivered) as connection:
        connection.execute("delete from raw.levering_eenheid where huisnummer = '121'")
    (landed,) = bring(delivered, "ep_online_lookup", register)
    assert landed.outcome == outcome
    assert said in landed.message
    asked = query(delivered, "select antwoordcode from raw.ep_online_opvraging order by 1")
    assert [code for (code,) in asked] == codes


def test_nobody_is_asked_for_as_long_as_there_is_no_total_file(delivered: Settings) -> None:
    register = EpOnline((OCTOBER, b""))
    (landed,) = bring(delivered, "ep_online_lookup", register)
    assert (landed.outcome, register.asked) == ("unchanged", [])


def test_what_was_answered_before_a_publisher_went_silent_is_kept(delivered: Settings) -> None:
    register = with_total(
        delivered, answers={"Adres?postcode=6411AA&huisnummer=503&huisletter=B": 429}
    )
    with connect(delivered) as connection:
        connection.execute("delete from raw.levering_eenheid where huisnummer = '121'")
    (landed,) = bring(delivered, "ep_online_lookup", register)
    assert (landed.outcome, landed.rows) == ("new", 1)
    assert "Na 1 van de 2 woningen" in landed.message


Misbehave = Callable[..., None]


@pytest.fixture
def misbehave(publishers: str) -> Iterator[Misbehave]:
    def tell(fault: str, times: int | None = None, after: int = 0) -> None:
        wish = {"publisher": "ep-online", "fault": fault, "times": times, "after": after}
        httpx.post(f"{publishers}/_control", json=wish).raise_for_status()

    yield tell
    httpx.delete(f"{publishers}/_control")


@pytest.fixture
def live(warehouse: Settings, publishers: str) -> Settings:
    """An empty warehouse on the sample's night, with the simulated EP-Online."""
    live = warehouse.model_copy(
        update={
            "ep_online_url": f"{publishers}/ep-online/api/v5",
            "ep_online_api_key": "voorbeeld-sleutel",
        }
    )
    land("ep_online", live, patience=QUICK)
    return live


@pytest.mark.parametrize("fault", ["none", "expired-link"])
def test_the_sample_has_a_mutation_file_of_every_day_of_october(
    live: Settings, misbehave: Misbehave, fault: str
) -> None:
    misbehave(fault, times=1)
    landed = land("ep_online_mutations", live, patience=QUICK)
    parts = {item.part: item.outcome for item in landed}
    days = {f"2026-10-{day:02d}": "new" for day in range(1, 15)}
    assert parts == {"2026-09-30": "unchanged", **days, "reeks": "unchanged"}
    (sunday,) = [item for item in landed if item.part == "2026-10-04"]
    assert sunday.rows == 0
    assert {verdict.state for verdict in judge_sources(live)} <= {
        "accepted",
        "accepted_with_remarks",
    }
    text = str(query(live, "select message from ops.source_check"))
    assert "sig=" not in text and "voorbeeld-sleutel" not in text


@pytest.mark.parametrize(("fault", "after"), [("sequence-gap", 1), ("day-gone", 2)])
def test_a_file_that_misses_messages_or_a_day_that_is_gone_is_a_gap(
    live: Settings, misbehave: Misbehave, fault: str, after: int
) -> None:
    misbehave(fault, times=1, after=after)
    with pytest.raises(LandingFailedError, match=r"ontbreken: wat EP-Online vanaf"):
        land("ep_online_mutations", live, patience=QUICK)
