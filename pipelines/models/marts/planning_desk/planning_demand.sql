/* What is asked for: open sales order lines, and components that released production orders and suppliers still take.

   Grain    one row per demand */
with
outgoing as (select * from marts.open_order where direction = 'out'),
item as (select * from staging.item where active and not withheld)

select
    outgoing.order_number
    || '/'
    || outgoing.line_number
    || case when outgoing.order_kind = 'purchase_order' then '/' || outgoing.delivery_number else '' end as demand,
    outgoing.item_code,
    'MAIN' as site_code,
    outgoing.open_quantity as quantity,
    outgoing.due_on,
    'order' as demand_kind,
    outgoing.order_kind,
    case when outgoing.order_kind = 'sales_order' then outgoing.party_code end as customer_code,
    coalesce(outgoing.priority, 5) as priority
from outgoing
inner join item on outgoing.item_id = item.item_id
