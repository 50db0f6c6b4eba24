"""VERA messages as rows: what comes from where, what stays empty, and what refuses the whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.reading import PersonalDataError, UnreadableFileError, personal
from tests.sent import manifest_of, read, rows_of, sent

LETTER = sent("manifest.json", manifest_of(peildatum="2026-09-30"))


def code(value: str) -> dict[str, str]:
    return {"code": value, "naam": value.lower()}


def unit(id_: str = "U1", **changed: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "idOrganisatie": "DKO",
        "soort": code("WOO"),
        "detailSoort": code("TUS"),
        "status": code("VEH"),
        "maatschappelijkLabel": code("DAE"),
        "juridischEigendomspercentage": 100,
        "inExploitatiedatum": "1990-01-01",
        "bouwjaar": 1975,
        "adres": {"postcode": "6411AA", "huisnummer": "12", "huisletter": "A"},
        "adresseerbaarObjectBasisregistratie": {"bagIdentificatie": "0917010000000001"},
        "woningwaarderingstelsel": code("ZEL"),
        "clusters": [
            {"code": "B1", "soort": code("BUU")},
            {
                "code": "C1",
                "soort": code("VEX"),
                "conditiemeting": {"conditiescore": code("3"), "begindatum": "2025-02-01"},
            },
        ],
        "panden": [{"soort": code("EGW")}],
        "energieprestaties": [
            label("NTA", "B", "2026-01-02T00:00:00.000000+01:00"),
            label("EI", "C", "2018-01-31T08:32:39.580000+01:00"),
            label("NTA", "A", "2026-11-01"),
            {"soort": code("EP2"), "waarde": "173.08", "registratiedatum": "2026-01-02"},
        ],
        "energievoorzieningen": [code("ZON")],
        "klimaatbeheersing": [code("CEV")],
        "monumenten": [],
        "woningwaarderingResultaat": {"punten": 143.25},
        "streefhuur": 700,
        "onbekendAttribuut": {"diep": [1]},
    } | changed


def label(kind: str, letter: str, registered: str) -> dict[str, Any]:
    return {
        "soort": code(kind),
        "status": code("DEF"),
        "label": code(letter),
        "registratiedatum": registered,
        "einddatum": "2034-02-13",
    }


def rent(amount: float, start: str, **changed: Any) -> dict[str, Any]:
    return {
        "soort": code("NET"),
        "detailSoort": code("KAL"),
        "begindatum": start,
        "bedrag": amount,
    } | changed


def agreement(*rents: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "id": "H1",
        "begindatum": "2019-05-01",
        "status": code("LOP"),
        "bepaaldeTijd": False,
        "eenheden": ["https://vera/vastgoed/eenheden/U1"],
        "prijscomponenten": [*rents, {**rent(40, "2019-05-01"), "detailSoort": code("SER")}],
    } | changed


def row(*messages: Any) -> dict[str, str | None]:
    files = [sent(f"{n}.json", json.dumps(message)) for n, message in enumerate(messages)]
    (found,) = rows_of(read(LETTER, *files))
    return found


def test_a_unit_becomes_a_row_and_the_peildatum_comes_from_the_letter() -> None:
    found = {name: value for name, value in row(unit()).items() if value}
    assert found == {
        "corporatie_code": "DKO",
        "eenheid_id": "U1",
        "peildatum": "2026-09-30",
        "bag_object_id": "0917010000000001",
        "postcode": "6411AA",
        "huisnummer": "12",
        "huisletter": "A",
        "complex_code": "C1",
        "soort": "WOO",
        "detail_soort": "TUS",
        "zelfstandig": "J",
        "maatschappelijk_label": "DAE",
        "eigendomspercentage": "100",
        "status": "VEH",
        "in_exploitatie_datum": "1990-01-01",
        "bouwjaar": "1975",
        "woningtype": "EGW",
        "wws_punten": "143.25",
        # registered after the peildatum does not count yet
        "label_klasse": "B",
        "label_soort": "NTA",
        "label_status": "DEF",
        "label_registratiedatum": "2026-01-02",
        "label_einddatum": "2034-02-13",
        "ep2": "173.08",
        "monument": "GEEN",
        "aardgasaansluiting": "J",
        # VERA knows that there are panels, not whose they are
        "zonnepanelen": "ONB",
        "nul_op_de_meter": "N",
        "warmtenet": "N",
        "klimaatbeheersing": "CEV",
        "conditiescore": "3",
        "conditie_datum": "2025-02-01",
        "conditie_niveau": "COMPLEX",
    }


@pytest.mark.parametrize(
    ("given", "column", "value"),
    [
        ({"energievoorzieningen": [code("GLO"), code("NOM")]}, "aardgasaansluiting", "N"),
        ({"energievoorzieningen": [code("GLO"), code("NOM")]}, "nul_op_de_meter", "J"),
        ({"klimaatbeheersing": [code("STV")]}, "warmtenet", "J"),
        ({"klimaatbeheersing": [code("IND")]}, "warmtenet", None),
        ({"monumenten": [code("RIJ"), code("SGR")]}, "monument", "RIJ|SGR"),
        ({"idExtern": "E9"}, "eenheid_id", "E9"),
        ({"zelfstandig": False}, "zelfstandig", "N"),
        ({"energieprestaties": ["https://vera/energie/1"]}, "label_klasse", None),
        ({"prijscomponenten": [rent(500, "2020-07-01"), rent(612.5, "2026-07-01")]},
         "netto_huur", "612.5"),
    ],
)  # fmt: skip
def test_attributes_are_read_for_what_they_say(
    given: dict[str, Any], column: str, value: str | None
) -> None:
    assert row(unit(**given))[column] == value


def test_a_list_left_out_says_nothing() -> None:
    message = unit()
    for key in ("energievoorzieningen", "klimaatbeheersing", "monumenten"):
        del message[key]
    found = row(message)
    for column in ("aardgasaansluiting", "zonnepanelen", "warmtenet", "monument"):
        assert found[column] is None


def test_the_rent_comes_from_the_agreement_that_names_the_unit() -> None:
    rents = (rent(500.0, "2019-05-01"), rent(612.5, "2026-07-01"), rent(999.0, "2026-10-01"))
    assert row(unit(), agreement(*rents))["netto_huur"] == "612.5"
    # of a vacant home the last one
    ended = agreement(*rents, einddatum="2026-08-01", status=code("BEE"))
    assert row(ended, unit(status=code("LEE")))["netto_huur"] == "612.5"
    assert row(unit(), agreement(*rents, status=code("VOO")))["netto_huur"] is None
    assert row(unit(), agreement(*rents, eenheden=["/eenheden/U2"]))["netto_huur"] is None


def test_the_rent_of_a_home_with_a_garage_is_only_what_names_the_home() -> None:
    both = [{"id": "U1"}, {"id": "G1"}]
    assert row(unit(), agreement(rent(612.5, "2026-07-01"), eenheden=both))["netto_huur"] is None
    named = rent(612.5, "2026-07-01", eenheid="/eenheden/U1")
    garage = rent(60, "2026-08-01", eenheid="/eenheden/G1")
    assert row(unit(), agreement(named, garage, eenheden=both))["netto_huur"] == "612.5"


def test_one_message_a_list_and_a_wrapping_give_the_same_rows() -> None:
    units = [unit(f"U{n}") for n in range(1, 4)]
    wrapped = {"eenheden": units, "huurovereenkomsten": [agreement(rent(612.5, "2026-07-01"))]}
    listed = [*units, *wrapped["huurovereenkomsten"]]
    single = [sent(f"{n}.json", json.dumps(message)) for n, message in enumerate(listed)]
    tables = [
        read(LETTER, sent("a.json", json.dumps(wrapped))),
        read(LETTER, sent("a.json", "\ufeff" + json.dumps(listed, indent=1))),
        read(LETTER, *single),
    ]
    first, *others = map(rows_of, tables)
    assert [found["eenheid_id"] for found in first] == ["U1", "U2", "U3"]
    assert all(found == first for found in others)
    assert [number for number, _ in tables[1].rows()] == [1, 2, 3]
    assert "volgnummer van het bericht" in tables[0].remarks[0]


def test_a_list_longer_than_a_block_is_read_message_by_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from ingestion.reading import vera

    monkeypatch.setattr(vera, "_BLOCK", 700)
    units = [unit(f"Ü{n}", omschrijving="é" * (n % 7)) for n in range(50)]
    content = json.dumps(units, ensure_ascii=False)
    assert len(rows_of(read(LETTER, sent("a.json", content)))) == 50


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (unit(relaties=[{"achternaam": "Jansen"}]), personal.NAME),
        (unit(huurder={"naam": "Jansen"}), personal.NAME),
        (agreement(relaties=[{"geboortedatum": "1961-03-12"}]), personal.BIRTH),
        (agreement(startLeeftijd=41), personal.BIRTH),
        (agreement(startBrutoJaarinkomen=23400), personal.INCOME),
        (agreement(relaties=[{"burgerservicenummer": "111222333"}]), personal.BSN),
        (unit(omschrijving="sleutel bij mevr. Jansen"), personal.NAME),
        (unit(ruimten=[{"x": {"telefoonnummer": "0612345678"}}]), personal.PHONE),
    ],
)
def test_what_is_about_a_person_refuses_the_delivery_whole(
    message: dict[str, Any], kind: str
) -> None:
    with pytest.raises(PersonalDataError) as refused:
        row(unit("U0"), [unit("U9"), message])
    assert "1.json: bericht 2 heeft onder " in str(refused.value)
    assert kind in str(refused.value)
    for value in ("Jansen", "1961", "23400", "111222333", "0612345678"):
        assert value not in str(refused.value)


def test_references_to_persons_and_empty_attributes_are_no_personal_data() -> None:
    message = agreement(
        rent(612.5, "2026-07-01"),
        relaties=["https://vera/relaties/77", {"id": "77"}],
        startBrutoJaarinkomen=None,
    )
    assert row(unit(relaties=[]), message)["netto_huur"] == "612.5"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"id": "x", "bouwjaar": 1975', "geen geldige JSON"),
        ('[{"id": "x", "bouwjaar": 1975}', "geen geldige JSON"),
        ("[" * 100_000, "geen geldige JSON"),
        ('{"nummer": 1}', r"a\.json: bericht 1 is geen VERA-bericht"),
        ("[1, 2]", "bericht 1 is geen VERA-bericht"),
        ('{"begindatum": "2020-01-01", "bepaaldeTijd": true}', "geen VERA-bericht Eenheid in"),
        ('[{"id": "x", "bouwjaar": 1975}, {"id":', "na bericht 1 geen geldige JSON"),
        (b'[{"id": "\xe9", "bouwjaar": 1975}]', "geen geldige JSON"),
    ],
)
def test_what_is_no_message_is_refused_in_words(content: str | bytes, told: str) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        read(sent("a.json", content))


def test_the_real_messages_become_rows_of_the_contract(real_data: Path) -> None:
    paths = sorted((real_data / "vera" / "eenheden").glob("*.json"))
    table = read(LETTER, *(sent(path.name, path.read_bytes()) for path in paths))
    assert (table.count, table.mends, table.faults) == (11, [], [])
    found = rows_of(table)
    assert [r["eenheid_id"] for r in found] == [path.stem for path in paths]
    assert {r["zelfstandig"] for r in found} == {"J"}
    assert [r["label_klasse"] for r in found] == [
        *("A", "C", "B", None, "C", "E", "C", "A", "A", "B", None),
    ]
    assert found[0]["label_registratiedatum"] == "2024-07-24"
    assert [r["monument"] for r in found].count("RIJ") == 2
    assert {r["bouwjaar"] for r in found} >= {"1981", "1898"}
