/* Stock for the planner, by item, site, lot and status. What is reserved for an order is not taken off: the order is demand
   itself. What is provided to a supplier is left out: it is taken off what his orders still ask for.

   Grain    item_code, site_code, lot_code, status */
with
stock as (select * from marts.stock_on_hand where owner_id = 0 and status <> 'provided'),
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
