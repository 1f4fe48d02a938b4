/* What orders say of the demand of coming weeks beyond what the planner's own consumption sees, so that demand counts once.

   Grain    item_code, site_code, period_start
   Watch    a forecast is of the week that customers ask for; the planner consumes it in the week that an order is promised for.
            Taken is what was asked for in a week and stands in no open order of that week: shipped, promised for another week, or
            due before the day. Added is what an order asked for in another week would wrongly take from the week it is promised
            for: what is left of a week's forecast is forecast less taken, at least nought, plus added. */
with
line as (
    select
        sold.item_code,
        asked.site_code,
        date_trunc('week', asked.requested_on)::date as asked_week,
        date_trunc('week', sold.due_on)::date as due_week,
        sold.due_on,
        sold.open_quantity,
        greatest(asked.demanded_quantity - sold.open_quantity, 0) as met_quantity
    from intermediate.demand_line as asked
    inner join marts.sales_order_line as sold on asked.document_line_id = sold.document_line_id
),
counted as (
    select
        item_code,
        site_code,
        asked_week as period_start,
        met_quantity
        + case when due_week <> asked_week or due_on < as_of::date then open_quantity else 0 end as taken_quantity,
        0 as added_quantity
    from line
    where asked_week >= date_trunc('week', as_of::date)::date
    union all
    select item_code, site_code, due_week, 0, open_quantity
    from line
    where due_week <> asked_week and due_on >= as_of::date
)

select
    item_code,
    site_code,
    period_start,
    sum(taken_quantity)::decimal(38, 6) as taken_quantity,
    sum(added_quantity)::decimal(38, 6) as added_quantity
from counted
group by all
having sum(taken_quantity) > 0 or sum(added_quantity) > 0
