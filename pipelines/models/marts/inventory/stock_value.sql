/* Quantity and value of each item's stock, now. Value is held once for the company, not by place.

   Grain    one row per item_id */
with
company as (select * from staging.company),
held as (select * from raw.item_value),
item as (select * from staging.item)

select
    company.company,
    held.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.category_code,
    item.inventory_role,
    item.unit_code,
    held.quantity,
    held.value,
    control.quotient(held.value, held.quantity) as unit_cost
from held
cross join company
left join item on held.item_id = item.item_id
where held.quantity <> 0 or held.value <> 0
