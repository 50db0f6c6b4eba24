-- Every published value with the interval in which it was the published one.
-- Written in the very transaction that publishes, so neither can be without the other.
create table if not exists history.indicator_waarde (
    indicator text not null,
    onderdeel text not null,
    peildatum date not null,
    gebied_soort text not null,
    gebied_code text not null,
    corporatie_code text not null,
    teller numeric(18, 4),
    noemer numeric(18, 4),
    waarde numeric(18, 4),
    gepubliceerd_van timestamptz not null,
    gepubliceerd_tot timestamptz,
    publicatie_van bigint not null,
    publicatie_tot bigint
);
create unique index if not exists indicator_waarde_nu on history.indicator_waarde
(indicator, onderdeel, peildatum, gebied_soort, gebied_code, corporatie_code)
where gepubliceerd_tot is null;

create table if not exists history.doel_stand (
    doel_id text not null,
    doel_versie integer not null,
    peildatum date not null,
    realisatie numeric(18, 4),
    padwaarde numeric(18, 4),
    status text not null,
    gepubliceerd_van timestamptz not null,
    gepubliceerd_tot timestamptz,
    publicatie_van bigint not null,
    publicatie_tot bigint
);
create unique index if not exists doel_stand_nu on history.doel_stand (doel_id, doel_versie, peildatum)
where gepubliceerd_tot is null;
