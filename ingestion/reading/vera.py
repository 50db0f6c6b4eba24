"""VERA messages `Eenheid` and `Huurovereenkomst` (4.3, Vastgoed and Overeenkomsten) as `eenheid`.

A file holds one message, a list, or `{"eenheden": [...], "huurovereenkomsten": [...]}`; a list is
read message by message, so it may be long. Attributes we have no field for are passed over, codes
are given as VERA has them. The rent is that of price component NET/KAL, of the unit itself or of
the agreement that names it.

What VERA does not have stays empty and must be delivered as a table: `vve`, `status_vanaf` (of
EenheidToestand, another message), `efg_uitzondering` and its date and decision,
`warmteleverancier`, `veiligheid_open`, `netto_huur_aanvang` and `contract_maand`. `zonnepanelen`
is ONB where VERA only says that there are any: it does not say whose they are.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from ingestion.contract import load_contract
from ingestion.errors import PersonalDataError, UnreadableFileError
from ingestion.reading import mending, personal
from ingestion.reading.model import DeliveredTable, SentFile
from ingestion.reading.tables import Grid, open_table

ENTITY = "eenheid"
SINGLE_MESSAGE = 64 << 20
_BLOCK = 1 << 20

# by the name of an attribute, wherever in a message it stands
_PERSONAL: Mapping[str, str] = {
    **dict.fromkeys(
        ("voornaam", "voornamen", "voorletters", "roepnaam", "achternaam", "geslachtsnaam",
         "geboortenaam", "partnernaam", "volledigenaam", "tussenvoegsel", "tussenvoegsels"),
        personal.NAME,
    ),
    **dict.fromkeys(("geboortedatum", "geboorteplaats", "leeftijd", "startleeftijd"),
                    personal.BIRTH),
    **dict.fromkeys(("bsn", "burgerservicenummer"), personal.BSN),
    **dict.fromkeys(("telefoon", "telefoonnummer", "telefoonnummers", "mobiel"), personal.PHONE),
    **dict.fromkeys(("email", "emailadres", "emailadressen"), personal.EMAIL),
    **dict.fromkeys(("iban", "rekeningnummer", "bankrekening"), personal.IBAN),
    **dict.fromkeys(("inkomen", "rekeninkomen", "startbrutojaarinkomen", "brutojaarinkomen",
                     "huurtoeslagen"), personal.INCOME),
    **dict.fromkeys(("urgentie", "voorrang", "voorrangdetailsoort"), personal.PRIORITY),
}  # fmt: skip
_PERSONS = frozenset(
    ("relatie", "relaties", "huurder", "huurders", "hoofdhuurder", "medehuurder", "medehuurders",
     "bewoner", "bewoners", "contactpersoon", "contractanten")
)  # fmt: skip
_TOLD = frozenset(("omschrijving", "opmerking", "opmerkingen", "toelichting"))
_AGREEMENT = frozenset(
    ("huurherzieningsdatum", "startbrutohuur", "waarborgsom", "bepaaldetijd", "opzegdatum",
     "prolongatiedatum", "facturatiebegindatum")
)  # fmt: skip
_UNIT = frozenset(
    ("bouwjaar", "adres", "adresseerbaarobjectbasisregistratie", "woningwaarderingstelsel",
     "juridischeigendomspercentage", "inexploitatiedatum", "panden", "zelfstandig")
)  # fmt: skip
# rooms and walls fill nine tenths of a message
_HEAVY = frozenset(("ruimten", "vertrekken", "bouwkundigeelementen", "wozeenheden"))
_NOT_IN_FORCE = frozenset(("GEA", "VER", "VOO", "GOE"))
# IND and COL only say how many homes an installation serves
_HEATING = frozenset(("STV", "CEV", "BLO", "WAR", "WAC", "VOL", "GAS"))
_NOT_IN_VERA = "vve, status_vanaf, efg_uitzondering, warmteleverancier en veiligheid_open"

Message = Mapping[str, Any]


def read_vera(
    files: Sequence[SentFile], peildatum: str | None, gemeente_code: str | None = None
) -> DeliveredTable:
    """All messages of a delivery as one table; raises UnreadableFileError, PersonalDataError."""
    rents: dict[str, tuple[str, str]] = {}
    units = 0
    for _, kind, message in _all(files):
        if kind == "eenheid":
            units += 1
        else:
            _note_rents(message, peildatum, rents)
    if not units:
        raise UnreadableFileError(
            f"{_together(files)}: er staat geen VERA-bericht Eenheid in. Lever ook de eenheden."
        )
    contract = load_contract(ENTITY)

    def cells() -> Iterator[tuple[int, list[str]]]:
        yield 0, list(contract.columns)
        for number, kind, message in _all(files):
            if kind == "eenheid":
                unit = _unit(message, peildatum, rents)
                yield number, [unit.get(column) or "" for column in contract.columns]

    remarks = [
        "De levering bestaat uit VERA-berichten; een rijnummer is het volgnummer van het bericht. "
        f"VERA kent {_NOT_IN_VERA} niet: die zijn leeg."
    ]
    table = open_table(Grid(files[0].name, None, cells), contract, remarks, gemeente_code)
    table.files = tuple(file.name for file in files)
    return table


def _together(files: Sequence[SentFile]) -> str:
    others = len(files) - 1
    return files[0].name + (f" en {others} andere bestanden" if others else "")


def _all(files: Sequence[SentFile]) -> Iterator[tuple[int, str, Message]]:
    number = 0
    for file in files:
        for message in messages(file):
            number += 1
            for kind, part in _kinds(message, file.name, number):
                yield number, kind, part


def _kinds(message: Any, name: str, number: int) -> Iterator[tuple[str, Message]]:
    keys = {key.lower() for key in message} if isinstance(message, dict) else set()
    if keys & _AGREEMENT or ("prijscomponenten" in keys and not keys & _UNIT):
        yield "huurovereenkomst", message
    elif keys & _UNIT:
        yield "eenheid", message
    else:
        raise UnreadableFileError(
            f"{name}: bericht {number} is geen VERA-bericht Eenheid of Huurovereenkomst. "
            "Andere gegevens levert u als CSV of xlsx."
        )


def messages(file: SentFile) -> Iterator[Message]:
    """The messages of a file one by one; raises PersonalDataError, UnreadableFileError."""
    watch = _Watch(file.name)
    decoder = json.JSONDecoder(object_pairs_hook=watch.keep, parse_float=str)
    try:
        with closing(file.open()) as opened:
            more = _text_of(opened)
            text = more().lstrip()
            if text.startswith("["):
                for message in _listed(text[1:], more, decoder):
                    watch.number += 1
                    watch.refuse()
                    yield message
                return
            for part in iter(more, ""):
                text += part
                if len(text) > SINGLE_MESSAGE:
                    raise UnreadableFileError(
                        f"{file.name} is te groot voor één bericht. Lever een lijst van berichten."
                    )
            content = decoder.decode(text)
            watch.refuse()
            yield from _unwrapped(content)
    except (UnicodeError, RecursionError, json.JSONDecodeError) as error:
        after = f"na bericht {watch.number} " if watch.number else ""
        raise UnreadableFileError(
            f"{file.name} is {after}geen geldige JSON. Exporteer het bestand opnieuw, als UTF-8."
        ) from error


def _text_of(opened: BinaryIO) -> Callable[[], str]:
    """What comes next of a file, as text; empty when there is no more."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()

    def more() -> str:
        text = ""
        while not text and (block := opened.read(_BLOCK)):
            text = decoder.decode(block)
        return text or decoder.decode(b"", final=True)

    return more


def _unwrapped(content: Any) -> Iterator[Any]:
    wrapped = ("eenheden", "huurovereenkomsten")
    if isinstance(content, dict) and content and set(content) <= set(wrapped):
        for key in wrapped:
            listed = content.get(key) or []
            yield from listed if isinstance(listed, list) else [listed]
    else:
        yield content


def _listed(text: str, more: Callable[[], str], decoder: json.JSONDecoder) -> Iterator[Any]:
    """The items of a JSON list whose opening bracket has been read."""
    place = 0
    while True:
        while place < len(text) and text[place] in " \t\r\n,":
            place += 1
        if text[place : place + 1] == "]":
            return
        try:
            item, end = decoder.raw_decode(text, place)
            # a number at the very end may go on in what comes next
            if end == len(text):
                raise json.JSONDecodeError("the list is not closed", text, end)
        except json.JSONDecodeError:
            block = more()
            if not block:
                raise
            text, place = text[place:] + block, 0
            continue
        yield item
        place = end


@dataclass
class _Watch:
    """Looks at every attribute as it is read: drops what is heavy, notes what is personal."""

    name: str
    number: int = 0
    found: dict[str, str] = field(default_factory=dict)

    def keep(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        kept = {}
        for key, value in pairs:
            bare = re.sub(r"[^a-z]", "", key.lower())
            if value and (kind := _PERSONAL.get(bare)):
                self.found.setdefault(key, kind)
            elif bare in _PERSONS and any(
                isinstance(one, dict) and one.get("naam")
                for one in (value if isinstance(value, list) else [value])
            ):
                self.found.setdefault(key, personal.NAME)
            elif bare in _TOLD and isinstance(value, str):
                for kind in personal.kinds_in(value, "free"):
                    self.found.setdefault(key, kind)
            if bare not in _HEAVY:
                kept[key] = value
        return kept

    def refuse(self) -> None:
        if self.found:
            where = f"bericht {self.number}" if self.number else "het bericht"
            raise PersonalDataError(
                *(
                    f"{self.name}: {where} heeft onder {key} {kind}. De levering is niet bewaard. "
                    "Laat deze gegevens weg en lever opnieuw."
                    for key, kind in self.found.items()
                )
            )


def _code(value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("code")
    return _text(value)


def _codes(value: Any) -> list[str]:
    return [code for one in value if (code := _code(one))] if isinstance(value, list) else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "J" if value else "N"
    if isinstance(value, str | int):
        # what is no text in any encoding can't be kept either
        return str(value).encode("utf-8", "replace").decode("utf-8")
    return ""


def _part(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _objects(value: Any) -> list[Message]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _day(value: Any) -> str:
    text = _text(value)
    found = mending.dates(text)
    return found.pop().isoformat() if len(found) == 1 else text


def _reference(value: Any) -> Iterator[str]:
    """The ids by which a unit is meant: of an object, or the end of a URI."""
    if isinstance(value, Mapping):
        yield from (text for key in ("idExtern", "id") if (text := _text(value.get(key))))
    elif isinstance(value, str) and value:
        yield value.rstrip("/").rsplit("/", 1)[-1]


def _began(one: Message, peildatum: str | None) -> bool:
    return not peildatum or _day(one.get("begindatum")) <= peildatum


def _net_rent(
    components: Any, peildatum: str | None, unit: frozenset[str] | None = None
) -> tuple[str, str] | None:
    """(start, amount) of the last bare net rent that began; of one unit where they name units."""
    found = [
        (_day(one.get("begindatum")), amount)
        for one in _objects(components)
        if _code(one.get("soort")) == "NET"
        and _code(one.get("detailSoort")) == "KAL"
        and _began(one, peildatum)
        and (unit is None or unit & set(_reference(one.get("eenheid"))))
        and (amount := _text(one.get("bedrag")))
    ]
    return max(found, default=None)


def _note_rents(
    agreement: Message, peildatum: str | None, rents: dict[str, tuple[str, str]]
) -> None:
    if _code(agreement.get("status")) in _NOT_IN_FORCE or not _began(agreement, peildatum):
        return
    given = agreement.get("eenheden")
    units = [frozenset(_reference(unit)) for unit in (given if isinstance(given, list) else [])]
    for unit in units:
        # of a home with a garage only a component that names the home is its rent
        rent = _net_rent(
            agreement.get("prijscomponenten"), peildatum, unit if len(units) > 1 else None
        )
        for key in unit:
            if rent and rent > rents.get(key, ("", "")):
                rents[key] = rent


def _unit(
    unit: Message, peildatum: str | None, rents: Mapping[str, tuple[str, str]]
) -> dict[str, str]:
    address = unit.get("adres")
    label, values = _performance(unit.get("energieprestaties"), peildatum)
    energy = _codes(unit["energievoorzieningen"]) if "energievoorzieningen" in unit else None
    climate = _codes(unit.get("klimaatbeheersing"))
    condition = _condition(unit.get("clusters"), peildatum)
    rent = _net_rent(unit.get("prijscomponenten"), peildatum) or max(
        (rents[key] for key in _reference(unit) if key in rents), default=("", "")
    )
    plain = {
        "corporatie_code": _text(unit.get("idOrganisatie")),
        "eenheid_id": next(_reference(unit), ""),
        "peildatum": peildatum or "",
        "bag_object_id": _text(
            _part(unit, "adresseerbaarObjectBasisregistratie", "bagIdentificatie")
        ),
        "postcode": _text(_part(address, "postcode")),
        "huisnummer": _text(_part(address, "huisnummer")),
        "huisletter": _text(_part(address, "huisletter")),
        "huisnummertoevoeging": _text(_part(address, "huisnummerToevoeging")),
        "complex_code": _complex(unit.get("clusters")),
        "zelfstandig": _text(unit.get("zelfstandig"))
        or {"ZEL": "J", "ONZ": "N"}.get(_code(unit.get("woningwaarderingstelsel")), ""),
        "eigendomspercentage": _text(unit.get("juridischEigendomspercentage")),
        "in_exploitatie_datum": _day(unit.get("inExploitatiedatum")),
        "uit_exploitatie_datum": _day(unit.get("uitExploitatiedatum")),
        "beoogd_uit_exploitatie_datum": _day(unit.get("beoogdUitExploitatieDatum")),
        "bouwjaar": _text(unit.get("bouwjaar")),
        "gebruiksoppervlakte": _text(unit.get("gebruiksoppervlakte")),
        "woningtype": _only(_code(pand.get("soort")) for pand in _objects(unit.get("panden"))),
        "netto_huur": rent[1],
        "wws_punten": _text(_part(unit, "woningwaarderingResultaat", "punten")),
        "monument": "|".join(_codes(unit.get("monumenten")))
        or ("GEEN" if unit.get("monumenten") == [] else ""),
        "aardgasaansluiting": _has(energy, "GLO", yes="N", no="J"),
        "zonnepanelen": _has(energy, "ZON", yes="ONB", no="N"),
        "nul_op_de_meter": _has(energy, "NOM", yes="J", no="N"),
        "warmtenet": _has(climate if _HEATING & {*climate} else None, "STV", yes="J", no="N"),
        "klimaatbeheersing": "|".join(climate),
        "conditiescore": _code(_part(condition, "conditiescore")),
        "conditie_datum": _day(_part(condition, "begindatum")),
        "conditie_niveau": "COMPLEX" if condition else "",
        "label_klasse": _code(_part(label, "label")),
        "label_soort": _code(_part(label, "soort")),
        "label_status": _code(_part(label, "status")),
        "label_registratiedatum": _day(_part(label, "registratiedatum")),
        "label_einddatum": _day(_part(label, "einddatum")),
        "ep2": values.get("EP2", ""),
        "netto_warmtevraag": values.get("WAR", ""),
        "compactheid": values.get("COM", ""),
    }
    coded = {
        "soort": "soort",
        "detail_soort": "detailSoort",
        "maatschappelijk_label": "maatschappelijkLabel",
        "status": "status",
        "detail_status": "detailStatus",
        "in_exploitatie_reden": "inExploitatieReden",
        "uit_exploitatie_reden": "uitExploitatieReden",
        "bestemming": "bestemming",
        "bat_score": "batScore",
        "toegankelijkheidslabel": "toegankelijkheidslabel",
        "woonvorm": "woonvorm",
    }
    return plain | {column: _code(unit.get(key)) for column, key in coded.items()}


def _has(codes: list[str] | None, code: str, *, yes: str, no: str) -> str:
    """`yes` or `no` where the list was given; a list that was left out says nothing."""
    return "" if codes is None else yes if code in codes else no


def _only(values: Iterable[str]) -> str:
    found = {value for value in values if value}
    return found.pop() if len(found) == 1 else ""


def _complex(clusters: Any) -> str:
    by_kind: dict[str, set[str]] = {}
    for cluster in _objects(clusters):
        by_kind.setdefault(_code(cluster.get("soort")), set()).add(
            _text(cluster.get("code")) or _text(cluster.get("id"))
        )
    return _only(by_kind.get("VEX") or by_kind.get("FIN") or ())


def _condition(clusters: Any, peildatum: str | None) -> Message:
    measured = [
        one
        for cluster in _objects(clusters)
        for given in [cluster.get("conditiemeting")]
        for one in _objects(given if isinstance(given, list) else [given])
        if _code(one.get("conditiescore")) and _began(one, peildatum)
    ]
    return max(measured, key=lambda one: _day(one.get("begindatum")), default={})


def _performance(given: Any, peildatum: str | None) -> tuple[Message, dict[str, str]]:
    """The last registered label, and the values of EP2, WAR and COM."""
    known = [
        one
        for one in _objects(given)
        if not peildatum or _day(one.get("registratiedatum")) <= peildatum
    ]
    known.sort(key=lambda one: _day(one.get("registratiedatum")))
    labels = [one for one in known if _code(one.get("soort")) in ("NTA", "EI", "VEL")]
    values = {_code(one.get("soort")): _text(one.get("waarde")) for one in known}
    return (labels[-1] if labels else {}), values
