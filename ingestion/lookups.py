"""EP-Online asked for one home at a time: those of which no certificate was landed.

How many a night, and when one is asked for again, is on the card. What was asked and answered is
archived as one file a night and loaded like any other, so the raw table is also the memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from ingestion import archive
from ingestion.cards import Card, Edition, Fetched
from ingestion.ep_online import tables_from_api
from ingestion.fetch import (
    BadQuestionError,
    Http,
    NotFoundError,
    SourceUnavailableError,
    get_json,
)
from ingestion.load import CsvRows, Rows


@dataclass(frozen=True)
class Home:
    """A home to ask for: `key` is its BAG id, or its address as one text when it has none."""

    key: str
    object_id: str | None
    address: Mapping[str, str]


def homes_to_ask(connection: psycopg.Connection, card: Card, now: datetime) -> list[Home]:
    """Delivered homes of which no certificate was landed, and that were not asked for lately.

    None before there is a total file: then every home would be one.
    """
    lookup = card.lookup
    if lookup is None:
        raise ValueError(f"{card.name}: the card has no `lookup`")
    since = now - timedelta(days=lookup.ask_again_days)
    with connection.transaction():
        # rows that were loaded a moment ago have no statistics, and a planner that takes them for
        # few would compare each home with each certificate
        connection.execute("set local enable_nestloop to off")
        rows = connection.execute(
            sql.SQL(_HOMES).format(
                asked=sql.Identifier("raw", card.main_table), total=sql.Literal(card.follows)
            ),
            {"since": since.isoformat(), "limit": lookup.per_night},
        ).fetchall()
    names = ("postcode", "huisnummer", "huisletter", "huisnummertoevoeging")
    return [
        Home(
            key=row[0],
            object_id=row[1],
            address={n: v for n, v in zip(names, row[2:], strict=True) if v},
        )
        for row in rows
    ]


def next_part(connection: psycopg.Connection, card: Card, today: date) -> Edition:
    """A night's questions are a part of their own: `2026-10-15/1`, then `/2`."""
    row = connection.execute(
        "select count(*) + 1 from ops.landing where source = %s and part like %s",
        [card.name, f"{today}/%"],
    ).fetchone()
    return Edition(part=f"{today}/{row[0] if row else 1}")


def fetch(
    card: Card,
    edition: Edition,
    base_url: str,
    api_key: str,
    http: Http,
    root: Path,
    homes: Sequence[Home],
    now: datetime,
) -> Fetched | None:
    """Ask for each home and archive the answers, one line of JSON each; None when none is to ask.

    That there is no certificate (404) or that the question is refused (400) is an answer too. When
    EP-Online stops answering, what it said until then is kept.
    """
    url, headers = f"{base_url}{card.path}", {"Authorization": api_key}
    lines: list[str] = []
    remark = ""
    for home in homes:
        where = f"{url}/AdresseerbaarObject/{home.object_id}" if home.object_id else f"{url}/Adres"
        params = None if home.object_id else home.address
        try:
            code, records = 200, get_json(http, where, params=params, headers=headers)
        except NotFoundError:
            code, records = 404, []
        except BadQuestionError:
            code, records = 400, []
        except SourceUnavailableError as error:
            if not lines:
                raise
            remark = f"Na {len(lines)} van de {len(homes)} woningen: {error}"
            break
        if not isinstance(records, list):
            raise SourceUnavailableError(f"{url}: het antwoord is geen lijst van certificaten.")
        said = {
            "sleutel": home.key,
            "gevraagd_op": now.isoformat(),
            "antwoordcode": code,
            "certificaten": records,
        }
        lines.append(json.dumps(said, ensure_ascii=False) + "\n")
    if not lines:
        return None
    stored = archive.store(root, (line.encode() for line in lines))
    return Fetched(
        part=edition.part,
        file_name=f"opvragingen-{edition.part.replace('/', '-')}.ndjson",
        url=url,
        sha256=stored.sha256,
        size=stored.bytes,
        path=stored.path,
        publisher_version=f"{len(lines)} woningen",
        published_on=now.date(),
        remark=remark,
    )


def tables(card: Card, path: Path) -> dict[str, CsvRows | Rows]:
    """A row for each certificate in the archived answers, and for each answer without one."""
    return tables_from_api(card, _answers(path))


def _answers(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            said = json.loads(line)
            for certificate in said.pop("certificaten") or [{}]:
                yield {**said, **certificate}


_HOMES = r"""
-- what came in tonight is not judged yet, and its homes are asked about already
with leveringen as (
    select distinct on (part) landing_id, sender, peildatum
    from ops.landing
    where
        source = 'levering_eenheid'
        and state in ('loaded', 'accepted', 'accepted_with_remarks')
    order by part, landing_id desc
),

nieuwste as (
    select sender, max(peildatum) as peildatum
    from leveringen
    group by sender
),

geleverd as (
    select
        case
            when e.bag_object_id ~ '^\d{{4}}0[123]\d{{10}}$'
                and right(e.bag_object_id, 10) <> '0000000000' then e.bag_object_id
        end as object_id,
        upper(replace(e.postcode, ' ', '')) as postcode,
        ltrim(trim(e.huisnummer), '0') as huisnummer,
        upper(coalesce(trim(e.huisletter), '')) as huisletter,
        upper(coalesce(trim(e.huisnummertoevoeging), '')) as toevoeging
    from raw.levering_eenheid as e
    inner join leveringen as l on e._landing_id = l.landing_id
    inner join nieuwste as n on l.sender = n.sender and l.peildatum = n.peildatum
),

woningen as (
    select
        *,
        case
            when postcode ~ '^[1-9]\d{{3}}[A-Z]{{2}}$' and huisnummer ~ '^\d{{1,5}}$'
                then concat_ws('|', postcode, huisnummer, huisletter, toevoeging)
        end as adres
    from geleverd
),

totaalbestand as (
    select landing_id
    from ops.landing
    where source = {total} and state in ('loaded', 'accepted', 'accepted_with_remarks')
    order by landing_id desc
    limit 1
),

certificaten as (
    select
        coalesce(bag_verblijfsobject_id, bag_ligplaats_id, bag_standplaats_id) as object_id,
        postcode, huisnummer, huisletter, huisnummertoevoeging
    from raw.ep_online_certificaat
    where _landing_id = (select landing_id from totaalbestand)
    union all
    select
        coalesce(bag_verblijfsobject_id, bag_ligplaats_id, bag_standplaats_id),
        postcode, huisnummer, huisletter, huisnummertoevoeging
    from raw.ep_online_mutatie
    where stuurcode = '1'
),

adressen as (
    select
        concat_ws(
            '|', upper(replace(postcode, ' ', '')), ltrim(trim(huisnummer), '0'),
            upper(coalesce(trim(huisletter), '')), upper(coalesce(trim(huisnummertoevoeging), ''))
        ) as adres
    from certificaten
    where object_id is null
),

gevraagd as (
    select sleutel, max(gevraagd_op) as gevraagd_op from {asked} group by sleutel
)

select distinct on (coalesce(g.gevraagd_op, ''), coalesce(w.object_id, w.adres))
    coalesce(w.object_id, w.adres),
    w.object_id, w.postcode, w.huisnummer, w.huisletter, w.toevoeging
from woningen as w
left join gevraagd as g on coalesce(w.object_id, w.adres) = g.sleutel
where
    exists (select 1 from totaalbestand)
    and coalesce(w.object_id, w.adres) is not null
    and (g.gevraagd_op is null or g.gevraagd_op < %(since)s)
    and not exists (select 1 from certificaten as c where c.object_id = w.object_id)
    and not exists (select 1 from adressen as a where a.adres = w.adres)
order by coalesce(g.gevraagd_op, ''), coalesce(w.object_id, w.adres)
limit %(limit)s
"""
