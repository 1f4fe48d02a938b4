/* Items as the planner takes them; inactive ones and those in quarantine are left out.

   Grain    one row per item_code */
with
item as (select * from staging.item where active and not withheld),
cost as (select item_id, unit_cost from marts.stock_value)

select
    item.item_code,
    item.item_name,
    item.unit_code,
    item.source,
    item.lead_time_days,
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
    case when item.standard_cost > 0 then item.standard_cost else coalesce(cost.unit_cost, 0) end::decimal(19, 6) as unit_cost,
    item.setup_cost,
    item.holding_rate,
    item.shelf_life_days,
    item.demand_fence_days,
    item.planning_fence_days,
    item.phantom,
    item.unit_decimals,
    item.safety_days
from item
left join cost on item.item_id = cost.item_id
