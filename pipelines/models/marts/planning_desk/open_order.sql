/* Everything that is still to come or to go: requisitions, purchase orders by delivery, sales and released production orders.

   Grain    direction, order_kind, order_id, line_number, delivery_number */
with
company as (select * from staging.company),
requisition as (select * from marts.purchase_requisition_line where open_quantity > 0),
purchase as (select * from marts.purchase_delivery),
sale as (select * from marts.sales_order_line where open_quantity > 0),
production as (select * from marts.production_order where open_quantity > 0),
released as (select * from marts.production_order where state = 'released'),
component as (select * from staging.document_line where line_kind = 'component' and not closed),
item as (select * from staging.item)

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
