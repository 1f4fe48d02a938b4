/* The warehouse that a place stands in: the topmost place above it.

   Grain    one row per location_id */
with recursive
place as (select id, parent_id, code, name from raw.location),
above as (
    select id as location_id, id as top_id, parent_id
    from place
    union all
    select above.location_id, place.id, place.parent_id
    from above
    inner join place on above.parent_id = place.id
)

select
    above.location_id,
    place.code as warehouse_code,
    place.name as warehouse_name
from above
inner join place on above.top_id = place.id
where above.parent_id is null
