/* What customers brought back of what they were sent, item by item, over a span of days.

   Grain    item_id
   Watch    both by the day they were posted, so what comes back late stands against later shipments; the rate is null where nothing
            was sent. What was taken back by reversal was neither sent nor returned. */
with
company as (select * from staging.company),
moved as (
    select *
    from intermediate.document_row
    where kind in ('shipment', 'customer_return') and state = 'posted' and item_id is not null
        and posted_on between from_on and to_on
),
item as (select * from staging.item),
summed as (
    select
        item_id,
        coalesce(sum(quantity) filter (where kind = 'shipment'), 0) as shipped_quantity,
        coalesce(sum(quantity) filter (where kind = 'customer_return'), 0) as returned_quantity,
        count(distinct document_id) filter (where kind = 'customer_return') as return_count
    from moved
    group by item_id
)

select
    company.company,
    summed.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.category_code,
    item.unit_code,
    summed.shipped_quantity,
    summed.returned_quantity,
    summed.return_count,
    control.quotient(summed.returned_quantity, summed.shipped_quantity) as return_rate
from summed
cross join company
left join item on summed.item_id = item.item_id
