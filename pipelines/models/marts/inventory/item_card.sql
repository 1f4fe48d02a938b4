/* One line an item: what is there, promised, coming, and what it is worth.

   Grain    one row per item_id */
with
company as (select * from staging.company),
item as (select * from staging.item),
stock as (
    select item_id, sum(quantity) as on_hand, sum(reserved) as reserved, sum(available) as available
    from marts.stock_on_hand
    where owner_id = 0
    group by item_id
),
value as (select item_id, value, unit_cost from marts.stock_value),
coming as (
    select
        item_id,
        sum(open_quantity) filter (where direction = 'in' and order_kind = 'purchase_order') as on_purchase_order,
        sum(open_quantity) filter (where direction = 'in' and order_kind = 'production_order') as on_production_order,
        sum(open_quantity) filter (where direction = 'out' and order_kind = 'sales_order') as on_sales_order,
        sum(open_quantity) filter (where direction = 'out' and order_kind = 'production_order') as needed_in_production
    from marts.open_order
    group by item_id
)

select
    company.company,
    item.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.category_code,
    item.unit_code,
    item.source,
    item.active,
    item.withheld,
    item.standard_cost,
    item.list_price,
    item.safety_stock,
    item.lead_time_days,
    coalesce(stock.on_hand, 0) as on_hand,
    coalesce(stock.reserved, 0) as reserved,
    coalesce(stock.available, 0) as available,
    coalesce(coming.on_purchase_order, 0) as on_purchase_order,
    coalesce(coming.on_production_order, 0) as on_production_order,
    coalesce(coming.on_sales_order, 0) as on_sales_order,
    coalesce(coming.needed_in_production, 0) as needed_in_production,
    coalesce(stock.on_hand, 0)
    + coalesce(coming.on_purchase_order, 0)
    + coalesce(coming.on_production_order, 0)
    - coalesce(coming.on_sales_order, 0)
    - coalesce(coming.needed_in_production, 0) as projected,
    coalesce(value.value, 0) as value,
    value.unit_cost
from item
cross join company
left join stock on item.item_id = stock.item_id
left join value on item.item_id = value.item_id
left join coming on item.item_id = coming.item_id
