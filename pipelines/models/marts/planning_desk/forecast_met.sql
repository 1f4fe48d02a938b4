/* What of the demand of coming weeks is met already and stands in no open order: it takes the place of forecast, as an open order
   does in the plan. Of orders due in the first week before the day itself, all counts: they stand before the plan's first day.

   Grain    item_code, site_code, period_start */
with
line as (
    select sold.*
    from marts.sales_order_line as sold
    inner join staging.document_line as said on sold.document_line_id = said.document_line_id
    where sold.state in ('confirmed', 'closed') and said.supplier_id is null
),
plant as (select * from intermediate.line_plant),
counted as (
    select
        line.item_code,
        coalesce(plant.site_code, 'MAIN') as site_code,
        date_trunc('week', line.due_on)::date as period_start,
        case
            when line.due_on < as_of::date then line.open_quantity + line.shipped_quantity
            else line.shipped_quantity
        end as quantity
    from line
    left join plant on line.document_line_id = plant.order_line_id
    where line.due_on >= date_trunc('week', as_of::date)::date
)

select item_code, site_code, period_start, sum(quantity)::decimal(38, 6) as quantity
from counted
group by all
having sum(quantity) > 0
