/* What is asked for: open sales order lines, and components that released production orders and suppliers still take.

   Grain    one row per demand
   Watch    a line that is made at a plant is asked for there, but for what is reserved for it: that stands in the site of its
            warehouse. Where both are asked for, what is reserved is a second part of the line. See decision 0039. */
with
outgoing as (select * from marts.open_order where direction = 'out'),
item as (select * from staging.item where active and not withheld),
place as (select location_id, site_code from staging.location),
routed as (
    select
        line.document_id,
        line.line_number,
        plant.site_code as plant_code,
        coalesce(place.site_code, 'MAIN') as held_at,
        line.reserved_quantity
    from intermediate.line_plant as plant
    inner join staging.document_line as line on plant.order_line_id = line.document_line_id
    left join place on line.location_id = place.location_id
),
part as (
    select
        outgoing.*,
        coalesce(routed.plant_code, 'MAIN') as made_at,
        coalesce(routed.held_at, 'MAIN') as held_at,
        case
            when routed.plant_code is null or routed.plant_code = routed.held_at then 0
            else least(routed.reserved_quantity, outgoing.open_quantity)
        end as held_quantity
    from outgoing
    left join routed
        on outgoing.order_kind = 'sales_order'
        and outgoing.order_id = routed.document_id
        and outgoing.line_number = routed.line_number
),
asked as (
    select *, made_at as site_code, open_quantity - held_quantity as quantity, '' as second
    from part
    where open_quantity > held_quantity
    union all
    select *, held_at, held_quantity, case when held_quantity < open_quantity then '.2' else '' end
    from part
    where held_quantity > 0
)

select
    asked.order_number
    || '/'
    || asked.line_number
    || asked.second
    || case when asked.order_kind = 'purchase_order' then '/' || asked.delivery_number else '' end as demand,
    asked.item_code,
    asked.site_code,
    asked.quantity,
    asked.due_on,
    'order' as demand_kind,
    asked.order_kind,
    case when asked.order_kind = 'sales_order' then asked.party_code end as customer_code,
    coalesce(asked.priority, 5) as priority
from asked
inner join item on asked.item_id = item.item_id
