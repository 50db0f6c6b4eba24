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
    bron text,
    is_geverifieerd boolean not null
);

create table if not exists reference.gebiedslijst (
    lijst text not null,
    lijst_naam text not null,
    volgorde integer not null,
    gebied_code text not null,
    geldig_van date not null,
    geldig_tot date,
    primary key (lijst, gebied_code, geldig_van)
);

-- the agreements above ours (multi-year, regional, national), which a commitment may carry out
create table if not exists reference.kader (
    kader text primary key,
    titel text not null,
    niveau text not null check (niveau in ('MEERJAREN', 'REGIO', 'NATIONAAL')),
    geldig_van date,
    geldig_tot date,
    bron text not null,
    is_geverifieerd boolean not null
);

create table if not exists reference.afspraak (
    afspraak_id text not null,
    versie integer not null,
    nummer text not null,
    niveau text not null check (niveau in ('JAAR', 'MEERJAREN', 'REGIO', 'NATIONAAL')),
    kader text references reference.kader,
    thema text not null,
    thema_volgorde integer not null,
    titel text not null,
    tekst text not null,
    tekst_bron text not null,
    soort text not null check (soort in ('AANTAL', 'PAD', 'NORM', 'MIJLPAAL', 'INSPANNING')),
    hoofdindicator text,
    hoofdindicator_titel text,
    herkomst text not null check (herkomst in ('AFSPRAAK', 'WET', 'VOORBEELD')),
    geldig_van date not null,
    geldig_tot date,
    status text not null check (status in ('VAN_KRACHT', 'GEWIJZIGD', 'VERVALLEN')),
    vervallen_op date,
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

-- `richting` says which side of the value is good, for a norm too: omhoog = at least, omlaag = at most.
create table if not exists reference.doel (
    doel_id text not null,
    versie integer not null,
    afspraak_id text not null,
    indicator text not null,
    onderdeel text not null,
    is_hoofddoel boolean not null,
    titel text not null,
    gebied_soort text not null check (gebied_soort in ('gemeente', 'wijk', 'buurt', 'aandachtsgebied')),
    gebied_code text not null,
    corporatie_code text not null default '',
    richting text not null check (richting in ('omhoog', 'omlaag')),
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
    is_vervallen boolean not null default false,
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

-- a recorded version that was mended afterwards: what it said, and why it was changed
create table if not exists reference.register_correctie (
    correctie_id bigint generated always as identity primary key,
    soort text not null check (soort in ('afspraak', 'doel')),
    sleutel text not null,
    versie integer not null,
    was jsonb not null,
    werd jsonb not null,
    reden text not null,
    gecorrigeerd_op timestamptz not null
);

-- the measures that models emit, from dbt_project/measures.yml
create table if not exists reference.maat (
    maat_code text not null,
    onderdeel text not null,
    omschrijving text not null,
    bron text not null,
    korrel text not null check (korrel in ('fijnste', 'elk niveau')),
    per_corporatie boolean not null,
    rust_op text,
    primary key (maat_code, onderdeel)
);

create table if not exists reference.indicator (
    code text primary key,
    titel text not null,
    definitie text not null,
    waarom text not null,
    gezag text not null check (gezag in ('wet', 'afspraak', 'eigen')),
    gezag_bron text not null,
    thema text not null,
    eenheid text not null,
    richting text not null check (richting in ('omhoog', 'omlaag', 'norm', 'context')),
    oprol text not null check (
        oprol in ('som', 'verhouding van sommen', 'gewogen gemiddelde', 'zoals geleverd')
    ),
    privacyklasse text not null check (
        privacyklasse in ('openbaar', 'persoon', 'gevoelig', 'corporatie-jaar')
    ),
    hoofdonderdeel text not null,
    verouderd_na_dagen integer,
    bronnen text not null,
    eigenaar text not null,
    review_op date not null,
    let_op text
);

create table if not exists reference.indicator_onderdeel (
    indicator text not null,
    onderdeel text not null,
    titel text not null,
    volgorde integer not null,
    eenheid text not null,
    factor numeric(18, 4) not null,
    decimalen integer not null,
    dekking_minimum numeric(18, 4),
    berekend_door text not null check (berekend_door in ('maten', 'monitor')),
    primary key (indicator, onderdeel)
);

-- `venster`: which periods of a measure count at a peildatum. stand = the period that ends there;
-- jaar = those since 1 January; 12 maanden = those of the last year; primo = the last of the year before.
create table if not exists reference.indicator_term (
    indicator text not null,
    onderdeel text not null,
    rol text not null check (
        rol in ('teller', 'noemer', 'bekend', 'totaal', 'vergelijk_teller', 'vergelijk_noemer')
    ),
    maat_code text not null,
    maat_onderdeel text not null,
    venster text not null check (venster in ('stand', 'jaar', '12 maanden', 'primo')),
    gewicht numeric(10, 4) not null default 1,
    primary key (indicator, onderdeel, rol, maat_code, maat_onderdeel, venster),
    foreign key (indicator, onderdeel) references reference.indicator_onderdeel on delete cascade,
    foreign key (maat_code, maat_onderdeel) references reference.maat
);
