/* Items with their unit and category spelled out.

   Grain    one row per item_id
   Watch    an item in quarantine keeps its row, marked withheld: ledgers must still name it, planning leaves it out. */
with
item as (select * from raw.item),
unit as (select * from staging.unit),
category as (select * from staging.item_category),
withheld as (select row_key from control.withheld where table_name = 'item')

select
    item.id as item_id,
    item.code as item_code,
    item.name as item_name,
    item.name_zh as item_name_zh,
    item.category_id,
    category.category_code,
    category.valuation_method,
    category.inventory_role,
    unit.unit_code,
    unit.decimals as unit_decimals,
    item.source,
    item.lot_tracked,
    item.shelf_life_days,
    item.phantom,
    item.active,
    item.standard_cost,
    item.list_price,
    item.lead_time_days,
    item.safety_days,
    item.safety_stock,
    item.reorder_point,
    item.lot_policy,
    item.lot_size,
    item.lot_periods,
    item.min_lot,
    item.max_lot,
    item.lot_multiple,
    item.max_stock,
    item.planned_yield,
    item.setup_cost,
    item.holding_rate,
    item.demand_fence_days,
    item.planning_fence_days,
    withheld.row_key is not null as withheld
from item
left join unit on item.unit_id = unit.unit_id
left join category on item.category_id = category.category_id
left join withheld on item.id = withheld.row_key
