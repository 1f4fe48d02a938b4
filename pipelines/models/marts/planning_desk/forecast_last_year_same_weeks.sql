/* The simplest forecast there is: what was ordered in the same weeks of last year. A week of the horizon takes what sales orders
   asked for 52 weeks before it; cancelled orders and drafts do not count, and nothing is smoothed or grown.

   Grain    item_code, week */
with
line as (select * from marts.sales_order_line where state in ('confirmed', 'closed')),
item as (select * from staging.item where active and not withheld),
shifted as (
    select item_id, due_on + 364 as due_on, quantity
    from line
    where due_on + 364 >= from_on::date and due_on + 364 < from_on::date + to_days::integer
)

select
    'forecast/' || item.item_code || '/' || greatest(date_trunc('week', shifted.due_on)::date, from_on::date) as demand,
    item.item_code,
    'MAIN' as site_code,
    greatest(date_trunc('week', shifted.due_on)::date, from_on::date) as week,
    sum(shifted.quantity) as quantity
from shifted
inner join item on shifted.item_id = item.item_id
group by all
having sum(shifted.quantity) > 0
