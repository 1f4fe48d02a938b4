/* Places goods move between, with their site.

   Grain    one row per location_id */
with
location as (select * from raw.location),
site as (select * from raw.site),
calendar as (select * from raw.calendar)

select
    location.id as location_id,
    location.code as location_code,
    location.name as location_name,
    location.kind,
    location.blocked,
    location.receiving,
    location.kind in ('storage', 'transit', 'subcontractor', 'consignment') as stocked,
    coalesce(site.code, 'MAIN') as site_code,
    calendar.code as calendar_code
from location
left join site on location.site_id = site.id
left join calendar on site.calendar_id = calendar.id
