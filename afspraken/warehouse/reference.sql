-- What is agreed and how it is measured, loaded from files before dbt builds.
-- Norms, statuses and label scales are dbt seeds in this same schema.

create table if not exists reference.gemeente (
    gemeente_code text primary key,
    naam text not null,
    map text not null,
    is_voorbeeld boolean not null,
    norm_peildatum date not null
);

create table if not exists reference.partij (
    partij_code text primary key,
    naam text not null,
    soort text not null check (soort in ('CORPORATIE', 'GEMEENTE', 'HUURDERSORGANISATIE', 'OVERIG')),
    l_nummer text,
    volgorde integer not null,
    is_fictief boolean not null,
    actief_van date,
    actief_tot date,
    bron text
);

create table if not exists reference.gebiedslijst (
    lijst text not null,
    lijst_naam text not null,
    gebied_code text not null,
    geldig_van date not null,
    geldig_tot date,
    primary key (lijst, gebied_code, geldig_van)
);

create table if not exists reference.afspraak (
    afspraak_id text not null,
    versie integer not null,
    nummer text not null,
    niveau text not null check (niveau in ('JAAR', 'MEERJAREN', 'REGIO', 'NATIONAAL')),
    bovenliggende_afspraak_id text,
    thema text not null,
    thema_volgorde integer not null,
    titel text not null,
    tekst text not null,
    tekst_bron text not null,
    soort text not null check (soort in ('AANTAL', 'PAD', 'NORM', 'MIJLPAAL', 'INSPANNING')),
    hoofdindicator text,
    geldig_van date not null,
    geldig_tot date,
    status text not null check (status in ('VAN_KRACHT', 'GEWIJZIGD', 'VERVALLEN')),
    besluit_ref text,
    ondertekend_op date,
    primary key (afspraak_id, versie)
);

create table if not exists reference.afspraak_partij (
    afspraak_id text not null,
    versie integer not null,
    partij_code text not null,
    rol text not null check (rol in ('TREKKER', 'UITVOERDER', 'BETROKKEN')),
    primary key (afspraak_id, versie, partij_code)
);

create table if not exists reference.doel (
    doel_id text not null,
    versie integer not null,
    afspraak_id text not null,
    indicator text not null,
    onderdeel text not null,
    is_hoofddoel boolean not null,
    gebied_soort text not null,
    gebied_code text not null,
    corporatie_code text not null default '',
    richting text not null check (richting in ('omhoog', 'omlaag', 'norm')),
    waarde numeric(18, 4) not null,
    datum date,
    baseline_waarde numeric(18, 4),
    baseline_datum date,
    padtype text not null check (
        padtype in ('DAGEN', 'STAPPEN', 'PLANNING', 'EINDDATUM', 'NORM', 'MIJLPAAL')
    ),
    tolerantie_soort text not null check (tolerantie_soort in ('PCT_AFSTAND', 'ABSOLUUT')),
    tolerantie_aandacht numeric(18, 4) not null,
    tolerantie_achter numeric(18, 4) not null,
    tolerantie_min numeric(18, 4) not null default 0,
    min_n integer,
    herkomst text not null check (herkomst in ('AFSPRAAK', 'WET', 'VOORBEELD')),
    bron text not null,
    geldig_van date not null,
    geldig_tot date,
    primary key (doel_id, versie)
);

create table if not exists reference.doel_stap (
    doel_id text not null,
    versie integer not null,
    datum date not null,
    waarde numeric(18, 4) not null,
    primary key (doel_id, versie, datum)
);

create table if not exists reference.indicator (
    code text primary key,
    titel text not null,
    definitie text not null,
    waarom text not null,
    gezag text not null,
    thema text not null,
    eenheid text not null,
    factor numeric(18, 4) not null,
    decimalen integer not null,
    richting text not null,
    oprol text not null,
    privacyklasse text not null,
    hoofdonderdeel text not null,
    bronnen text not null,
    eigenaar text not null,
    review_op date not null
);

create table if not exists reference.indicator_onderdeel (
    indicator text not null,
    onderdeel text not null,
    titel text not null,
    volgorde integer not null,
    primary key (indicator, onderdeel)
);

create table if not exists reference.indicator_term (
    indicator text not null,
    onderdeel text not null,
    rol text not null check (rol in ('teller', 'noemer')),
    maat_code text not null,
    maat_onderdeel text not null,
    gewicht numeric(10, 4) not null default 1,
    primary key (indicator, onderdeel, rol, maat_code, maat_onderdeel)
);
