with recursive intrekkingen as (
    select
        coalesce(
            bag_verblijfsobject_id,
            bag_ligplaats_id,
            bag_standplaats_id,
            {{ address_part('postcode', 'huisnummer') }}
        ) as woning,
        coalesce(bag_verblijfsobject_id, bag_ligplaats_id, bag_standplaats_id) is null as alleen_adres,
        volgnummer,
        {{ address_part('postcode', 'huisnummer') }} as adres,
        upper(huisletter) as huisletter,
        upper(huisnummertoevoeging) as huisnummertoevoeging,
        registratiedatum,
        opnamedatum
    from {{ ref('int_certificaatmutaties') }}
    where stuurcode = '2' and niet_verwerkt_reden is null
),

genummerd as materialized (
    select
        *,
        row_number() over (partition by woning order by volgnummer) as beurt
    from intrekkingen
),

certificaten as materialized (
    select
        woning,
        coalesce(volgnummer, 0) as bekend_vanaf,
        {{ address_part('postcode', 'huisnummer') }} as adres,
        upper(huisletter) as huisletter,
        upper(huisnummertoevoeging) as huisnummertoevoeging,
        registratiedatum,
        opnamedatum,
        _landing_id,
        _row_number
    from {{ ref('int_certificaatregister') }}
    where
        bron <> 'opvraging'
        and woning in (select genummerd.woning from genummerd)
),

-- every certificate that a withdrawal can be about: known by then, and alike in all it names.
-- Without a BAG id only letter and addition tell the homes at one number apart
mogelijk as materialized (
    select
        genummerd.woning,
        genummerd.beurt,
        certificaten._landing_id,
        certificaten._row_number,
        row_number() over (
            partition by genummerd.woning, genummerd.beurt
            order by
                certificaten.registratiedatum desc nulls last,
                certificaten.opnamedatum desc nulls last,
                certificaten._landing_id desc,
                certificaten._row_number desc
        ) as rang
    from genummerd
    inner join certificaten
        on
            genummerd.woning = certificaten.woning
            and genummerd.volgnummer > certificaten.bekend_vanaf
            and genummerd.adres is not distinct from coalesce(certificaten.adres, genummerd.adres)
            and coalesce(genummerd.registratiedatum = certificaten.registratiedatum, true)
            and coalesce(genummerd.opnamedatum = certificaten.opnamedatum, true)
            and case
                when genummerd.alleen_adres
                    then
                        genummerd.huisletter is not distinct from certificaten.huisletter
                        and genummerd.huisnummertoevoeging
                        is not distinct from certificaten.huisnummertoevoeging
                else
                    coalesce(genummerd.huisletter = certificaten.huisletter, true)
                    and coalesce(
                        genummerd.huisnummertoevoeging = certificaten.huisnummertoevoeging, true
                    )
            end
),

-- one message is about one certificate, the latest that still stands
stappen as (
    select distinct
        woning,
        cast(0 as bigint) as beurt,
        cast('{}' as text[]) as weg
    from genummerd
    union all
    select
        gekozen.woning,
        gekozen.beurt,
        gekozen.weg || gekozen.certificaat as weg
    from (
        select
            genummerd.woning,
            genummerd.beurt,
            stappen.weg,
            coalesce(mogelijk._landing_id || '/' || mogelijk._row_number, '') as certificaat,
            row_number() over (partition by genummerd.woning order by mogelijk.rang) as keus
        from stappen
        inner join genummerd
            on stappen.woning = genummerd.woning and genummerd.beurt = stappen.beurt + 1
        left join mogelijk
            on
                genummerd.woning = mogelijk.woning
                and genummerd.beurt = mogelijk.beurt
                and not (mogelijk._landing_id || '/' || mogelijk._row_number) = any(stappen.weg)
    ) as gekozen
    where gekozen.keus = 1
)

select
    genummerd.volgnummer,
    genummerd.woning,
    cast(nullif(split_part(stappen.weg[stappen.beurt], '/', 1), '') as bigint)
        as certificaat_landing_id,
    cast(nullif(split_part(stappen.weg[stappen.beurt], '/', 2), '') as integer)
        as certificaat_row_number
from stappen
inner join genummerd on stappen.woning = genummerd.woning and stappen.beurt = genummerd.beurt
