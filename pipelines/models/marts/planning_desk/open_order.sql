/* Everything that is still to come or to go: requisitions, purchase orders by delivery, sales and released production orders, goods
   on the way between places, the components that suppliers lack for what they make of them, and what departments took before its
   receipt was booked, which the receipt will not leave in stock.

   Grain    direction, order_kind, order_id, line_number, delivery_number
   Watch    what stands at a supplier's place serves his orders by the day on which they need it; a component's number on its line is
            its delivery_number. What a supplier ships straight to a customer neither comes nor goes. A transfer comes on the day it is expected, or on which it was sent where nobody said when. */
with
company as (select * from staging.company),
requisition as (select * from marts.purchase_requisition_line where open_quantity > 0),
purchase as (
    select delivery.*
    from marts.purchase_delivery as delivery
    inner join staging.document_line as line on delivery.document_line_id = line.document_line_id
    where line.to_location_id is null
),
sale as (
    select sold.*
    from marts.sales_order_line as sold
    inner join staging.document_line as line on sold.document_line_id = line.document_line_id
    where sold.open_quantity > 0 and line.supplier_id is null
),
production as (select * from marts.production_order where open_quantity > 0),
released as (select * from marts.production_order where state = 'released'),
component as (select * from staging.document_line where line_kind = 'component' and not closed),
item as (select * from staging.item),
dispatch as (select * from staging.document where kind = 'transfer_dispatch' and state = 'posted'),
sent as (select * from staging.document_line where quantity > fulfilled_quantity),
ordered as (select * from staging.document where kind = 'purchase_order' and state = 'confirmed'),
ordered_line as (select * from staging.document_line where not closed),
party as (select * from staging.party),
advance as (select * from staging.document where kind = 'advance_issue' and state = 'open'),
used_early as (
    select
        line.document_id,
        line.line_number,
        line.item_id,
        taken.quantity - taken.fulfilled_quantity - taken.returned_quantity as quantity
    from raw.advance_line as said
    inner join staging.document_line as line on said.document_line_id = line.document_line_id
    inner join raw.document_line as taken on said.document_line_id = taken.id
    where said.purpose = 'internal_use'
),
provided as (
    select place.supplier_id, balance.item_id, sum(balance.quantity) as quantity
    from staging.stock_balance as balance
    inner join raw.location as place on balance.location_id = place.id
    where balance.status = 'provided'
    group by all
),
taken as (
    select
        ordered.document_id,
        ordered.party_id,
        ordered_line.line_number,
        row_number() over (partition by component.order_line_id order by component.id) as number_on_line,
        component.item_id,
        component.needed_on,
        component.required_quantity - component.expected_quantity as quantity,
        sum(component.required_quantity - component.expected_quantity) over (
            partition by ordered.party_id, component.item_id order by component.needed_on, component.id
        ) as upto
    from raw.subcontract_component as component
    inner join ordered_line on component.order_line_id = ordered_line.document_line_id
    inner join ordered on ordered_line.document_id = ordered.document_id
    where component.required_quantity > component.expected_quantity
),
lacking as (
    select taken.*, least(taken.quantity, taken.upto - coalesce(provided.quantity, 0)) as lacks
    from taken
    left join provided on taken.party_id = provided.supplier_id and taken.item_id = provided.item_id
)

select
    company,
    'in' as direction,
    'purchase_order' as order_kind,
    document_id as order_id,
    order_number,
    line_number,
    delivery_number,
    party_code,
    party_name,
    null as priority,
    item_id,
    item_code,
    item_name,
    unit_code,
    document_on,
    due_on,
    open_quantity
from purchase
union all
select
    company,
    'in',
    'purchase_requisition',
    document_id,
    requisition_number,
    line_number,
    1,
    supplier_code,
    supplier_name,
    null,
    item_id,
    item_code,
    item_name,
    unit_code,
    document_on,
    needed_by,
    open_quantity
from requisition
union all
select
    company,
    'out',
    'sales_order',
    document_id,
    order_number,
    line_number,
    1,
    party_code,
    party_name,
    priority,
    item_id,
    item_code,
    item_name,
    unit_code,
    document_on,
    due_on,
    open_quantity
from sale
union all
select
    company,
    'in',
    'production_order',
    document_id,
    order_number,
    0,
    1,
    null,
    null,
    priority,
    item_id,
    item_code,
    item_name,
    unit_code,
    document_on,
    coalesce(due_on, document_on),
    open_quantity
from production
union all
select
    company.company,
    'out',
    'production_order',
    released.document_id,
    released.order_number,
    component.line_number,
    1,
    null,
    null,
    released.priority,
    component.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    released.document_on,
    coalesce(component.due_on, released.start_on, released.document_on),
    component.quantity - component.fulfilled_quantity
from component
inner join released on component.document_id = released.document_id
cross join company
left join item on component.item_id = item.item_id
where component.quantity > component.fulfilled_quantity
union all
select
    company.company,
    'in',
    'transfer_dispatch',
    dispatch.document_id,
    dispatch.number,
    sent.line_number,
    1,
    null,
    null,
    null,
    sent.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    dispatch.document_on,
    coalesce(dispatch.due_on, dispatch.posted_on),
    sent.quantity - sent.fulfilled_quantity
from sent
inner join dispatch on sent.document_id = dispatch.document_id
cross join company
left join item on sent.item_id = item.item_id
union all
select
    company.company,
    'out',
    'purchase_order',
    lacking.document_id,
    ordered.number,
    lacking.line_number,
    lacking.number_on_line,
    party.party_code,
    party.party_name,
    null,
    lacking.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    ordered.document_on,
    lacking.needed_on,
    lacking.lacks
from lacking
inner join ordered on lacking.document_id = ordered.document_id
cross join company
left join party on lacking.party_id = party.party_id
left join item on lacking.item_id = item.item_id
where lacking.lacks > 0
union all
select
    company.company,
    'out',
    'advance_issue',
    advance.document_id,
    advance.number,
    used_early.line_number,
    1,
    null,
    null,
    null,
    used_early.item_id,
    item.item_code,
    item.item_name,
    item.unit_code,
    advance.document_on,
    advance.document_on as due_on,
    used_early.quantity
from used_early
inner join advance on used_early.document_id = advance.document_id
cross join company
left join item on used_early.item_id = item.item_id
where used_early.quantity > 0
