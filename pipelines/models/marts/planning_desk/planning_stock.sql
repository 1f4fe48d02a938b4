/* Stock for the planner, by item, site, lot and status. What is reserved for an order is not taken off: the order is demand
   itself. What is provided to a supplier is left out: it is taken off what his orders still ask for. So is what is on the way
   between places, which is an open order until it arrives, and what stands in a blocked place.

   Grain    item_code, site_code, lot_code, status */
with
place as (select * from raw.location where kind = 'storage' and not blocked),
stock as (
    select held.*
    from marts.stock_on_hand as held
    inner join place on held.location_id = place.id
    where held.owner_id = 0 and held.status <> 'provided'
),
item as (select * from staging.item where active and not withheld)

select
    item.item_code,
    stock.site_code,
    stock.lot_code,
    stock.status,
    stock.expires_on,
    sum(stock.quantity) as quantity
from stock
inner join item on stock.item_id = item.item_id
group by all
having sum(stock.quantity) > 0
