/* Demand by week, for the forecast: what was asked for, cancelled, returned and promoted, and the days without stock, in every
   whole week before a day from a series' first demand on.

   Grain    item_code, site_code, customer_group, period_start
   Watch    an order counts in the week in which the customer wanted it, a return in the week in which it came. A week counts as
            stocked out when half of its days or more ended without usable stock, unless the item was without stock on more than
            half of all its days at the site: such an item is made or bought to order, and its empty shelf hides no demand. */
with
item as (select * from staging.item where active and not withheld),
line as (select * from intermediate.demand_line),
returned as (
    select returned.item_id, line.site_code, line.customer_group, returned.posted_on, returned.quantity
    from intermediate.document_row as returned
    inner join staging.document_line as shipped on returned.source_line_id = shipped.document_line_id
    inner join line on shipped.source_line_id = line.document_line_id
    where returned.kind = 'customer_return' and returned.state = 'posted' and returned.item_id = line.item_id
),
happened as (
    select
        item_id,
        site_code,
        customer_group,
        date_trunc('week', requested_on)::date as period_start,
        demanded_quantity as quantity,
        cancelled_quantity,
        0 as returned_quantity,
        case when promoted then demanded_quantity else 0 end as promoted_quantity
    from line
    union all
    select item_id, site_code, customer_group, date_trunc('week', posted_on)::date, 0, 0, quantity, 0
    from returned
),
counted as (
    select
        item_id,
        site_code,
        customer_group,
        period_start,
        sum(quantity) as quantity,
        sum(cancelled_quantity) as cancelled_quantity,
        sum(returned_quantity) as returned_quantity,
        sum(promoted_quantity) as promoted_quantity
    from happened
    where period_start < date_trunc('week', as_of::date)::date
    group by all
),
series as (
    select item_id, site_code, customer_group, min(period_start) as first_start
    from counted
    where quantity > 0
    group by all
),
week as (
    select
        item_id,
        site_code,
        customer_group,
        unnest(generate_series(first_start, date_trunc('week', as_of::date)::date - 7, interval 7 day))::date as period_start
    from series
),
stocked as (
    select
        item_id,
        site_code,
        starts_on,
        least(coalesce(ends_on, as_of::date), as_of::date) as ends_on,
        quantity
    from intermediate.stock_span
    where starts_on < as_of::date
),
kept_in_stock as (
    select item_id, site_code
    from stocked
    group by all
    having sum(case when quantity <= 0 then ends_on - starts_on else 0 end) * 2 <= sum(ends_on - starts_on)
),
place_week as (select distinct item_id, site_code, period_start from week),
empty_week as (
    select
        place_week.item_id,
        place_week.site_code,
        place_week.period_start,
        sum(least(stocked.ends_on, place_week.period_start + 7) - greatest(stocked.starts_on, place_week.period_start))::bigint as days
    from place_week
    inner join stocked
        on place_week.item_id = stocked.item_id
        and place_week.site_code = stocked.site_code
        and stocked.quantity <= 0
        and stocked.starts_on < place_week.period_start + 7
        and stocked.ends_on > place_week.period_start
    group by all
)

select
    item.item_code,
    week.site_code,
    week.customer_group,
    week.period_start,
    coalesce(counted.quantity, 0)::decimal(38, 6) as quantity,
    coalesce(counted.cancelled_quantity, 0)::decimal(38, 6) as cancelled_quantity,
    coalesce(counted.returned_quantity, 0)::decimal(38, 6) as returned_quantity,
    coalesce(counted.promoted_quantity, 0)::decimal(38, 6) as promoted_quantity,
    coalesce(empty_week.days, 0) as stock_out_days,
    coalesce(empty_week.days, 0) >= 4 and kept_in_stock.item_id is not null as stocked_out,
    coalesce(counted.promoted_quantity, 0) > 0 as promoted
from week
inner join item on week.item_id = item.item_id
left join counted
    on week.item_id = counted.item_id
    and week.site_code = counted.site_code
    and week.customer_group = counted.customer_group
    and week.period_start = counted.period_start
left join empty_week
    on week.item_id = empty_week.item_id
    and week.site_code = empty_week.site_code
    and week.period_start = empty_week.period_start
left join kept_in_stock on week.item_id = kept_in_stock.item_id and week.site_code = kept_in_stock.site_code
