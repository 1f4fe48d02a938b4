/* What is asked for: open sales order lines, and components that released production orders still take.

   Grain    one row per demand */
with
outgoing as (select * from marts.open_order where direction = 'out'),
item as (select * from staging.item where active and not withheld)

select
    outgoing.order_number || '/' || outgoing.line_number as demand,
    outgoing.item_code,
    'MAIN' as site_code,
    outgoing.open_quantity as quantity,
    outgoing.due_on,
    'order' as demand_kind,
    outgoing.order_kind,
    outgoing.party_code as customer_code,
    coalesce(outgoing.priority, 5) as priority
from outgoing
inner join item on outgoing.item_id = item.item_id
