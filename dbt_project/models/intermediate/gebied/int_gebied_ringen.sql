{{ config(indexes=[{'columns': ['kader'], 'type': 'gist'}]) }}

with gebieden as (
    select * from {{ ref('int_gebieden') }}
    where gebied_soort = 'buurt' and geometrie is not null
),

-- a buurt that is gone lies under the ones that came in its place
buurten as (
    select
        gebied_code as buurt_code,
        geometrie::jsonb as grens
    from gebieden
    where jaar = (select max(indeling.jaar) from gebieden as indeling)
),

-- a Polygon is a MultiPolygon of one
delen as (
    select
        buurten.buurt_code,
        deel.nummer as deel,
        deel.ringen
    from buurten
    cross join
        lateral jsonb_array_elements(
            case buurten.grens ->> 'type'
                when 'Polygon' then jsonb_build_array(buurten.grens -> 'coordinates')
                else buurten.grens -> 'coordinates'
            end
        ) with ordinality as deel (ringen, nummer)
),

-- Postgres takes products that differ less than a millionth for equal: in degrees that is a strip
-- along every border, in millionths of a degree it is nothing
vlakken as (
    select
        delen.buurt_code,
        delen.deel,
        ring.nummer as ring,
        (
            select
                (
                    '('
                    || string_agg(
                        point(
                            1000000 * (hoekpunt.punt ->> 0)::double precision,
                            1000000 * (hoekpunt.punt ->> 1)::double precision
                        )::text,
                        ',' order by hoekpunt.nummer
                    )
                    || ')'
                )::polygon
            from jsonb_array_elements(ring.punten) with ordinality as hoekpunt (punt, nummer)
        ) as vlak
    from delen
    cross join lateral jsonb_array_elements(delen.ringen) with ordinality as ring (punten, nummer)
),

ringen as (
    select
        buurt_code,
        deel,
        ring,
        vlak,
        box(vlak) as kader
    from vlakken
)

select * from ringen
