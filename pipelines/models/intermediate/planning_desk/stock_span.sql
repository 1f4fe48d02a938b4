/* How long a site ended its days with which usable stock of an item: what stands in storage, ours, and not on hold.

   Grain    item_id, site_code, starts_on; a span ends before ends_on, the last one is open */
with
place as (select * from staging.location where kind = 'storage'),
day as (
    select moved.item_id, place.site_code, moved.posted_on, sum(moved.quantity) as quantity
    from intermediate.stock_place_day as moved
    inner join place on moved.location_id = place.location_id
    where moved.owner_id = 0 and moved.status = 'available'
    group by all
)

select
    item_id,
    site_code,
    posted_on as starts_on,
    lead(posted_on) over (partition by item_id, site_code order by posted_on) as ends_on,
    (sum(quantity) over (partition by item_id, site_code order by posted_on))::decimal(38, 6) as quantity
from day
