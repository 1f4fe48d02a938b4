/* What is on its way already: requisitions, purchase orders by promised delivery, and released production orders.

   Grain    order_number, line_number, delivery_number */
with
incoming as (select * from marts.open_order where direction = 'in'),
item as (select * from staging.item where active and not withheld)

select
    incoming.order_number
    || case when incoming.line_number > 0 then '/' || incoming.line_number else '' end
    || case when incoming.delivery_number > 1 then '.' || incoming.delivery_number else '' end as receipt,
    incoming.order_number,
    incoming.line_number,
    incoming.delivery_number,
    incoming.item_code,
    'MAIN' as site_code,
    incoming.open_quantity as quantity,
    incoming.due_on,
    incoming.order_kind,
    true as firm,
    incoming.party_code as supplier_code
from incoming
inner join item on incoming.item_id = item.item_id
