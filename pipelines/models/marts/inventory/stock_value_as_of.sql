/* Quantity and value of each item's own stock at the end of a day, from the stock ledger.

   Grain    one row per item_id */
with
company as (select * from staging.company),
item as (select * from staging.item),
location as (select * from staging.location where stocked),
quantity as (
    select day.item_id, sum(day.quantity) as quantity
    from intermediate.stock_place_day as day
    inner join location on day.location_id = location.location_id
    where day.posted_on <= as_of and day.owner_id = 0
    group by day.item_id
),
value as (
    select item_id, sum(value) as value from intermediate.stock_value_day where posted_on <= as_of group by item_id
)

select
    company.company,
    value.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.category_code,
    item.inventory_role,
    item.unit_code,
    coalesce(quantity.quantity, 0) as quantity,
    value.value,
    control.quotient(value.value, coalesce(quantity.quantity, 0)) as unit_cost
from value
cross join company
left join quantity on value.item_id = quantity.item_id
left join item on value.item_id = item.item_id
where coalesce(quantity.quantity, 0) <> 0 or value.value <> 0
