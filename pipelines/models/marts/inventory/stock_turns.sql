/* How fast each item's stock was used over a span of days: turns a year, how long it lasts, and since when it lies still.

   Grain    one row per item_id that was in stock or used in the span
   Watch    use is what went to customers and into production, less what came back from customers and what was taken back;
            scrap, count differences and returns to suppliers are not use. The average value is that at the end of each day. */
with
company as (select * from staging.company),
item as (select * from staging.item),
location as (select * from staging.location),
span as (select (to_on - from_on + 1)::bigint as days),
used_move as (
    select
        move.item_id,
        move.posted_on,
        departure.stocked as leaves,
        case when departure.stocked then move.quantity else -move.quantity end as quantity,
        -move.value as cost
    from staging.stock_move as move
    inner join location as departure on move.from_location_id = departure.location_id
    inner join location as arrival on move.to_location_id = arrival.location_id
    where move.owner_id = 0 and move.posted_on <= to_on and (
        (departure.stocked and arrival.kind = 'customer')
        or (departure.stocked and arrival.kind = 'production' and move.reverses_id is null)
        or (arrival.stocked and departure.kind = 'customer')
        or (arrival.stocked and departure.kind = 'production' and move.reverses_id is not null)
    )
),
used as (
    select
        item_id,
        sum(quantity) filter (where posted_on >= from_on) as quantity,
        sum(cost) filter (where posted_on >= from_on) as cost,
        max(posted_on) filter (where leaves) as last_used_on
    from used_move
    group by item_id
),
value as (
    select
        day.item_id,
        sum(day.value) as value,
        sum(case
            when day.posted_on < from_on then day.value * span.days
            else day.value * (to_on - day.posted_on + 1)
        end) as value_days
    from intermediate.stock_value_day as day
    cross join span
    where day.posted_on <= to_on
    group by day.item_id
),
on_hand as (
    select day.item_id, sum(day.quantity) as quantity
    from intermediate.stock_place_day as day
    inner join location on day.location_id = location.location_id
    where location.stocked and day.owner_id = 0 and day.posted_on <= to_on
    group by day.item_id
)

select
    company.company,
    item.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.category_code,
    item.unit_code,
    coalesce(on_hand.quantity, 0) as quantity,
    coalesce(value.value, 0) as value,
    coalesce(used.quantity, 0) as used_quantity,
    coalesce(used.cost, 0) as used_cost,
    control.quotient(coalesce(value.value_days, 0), span.days) as average_value,
    control.quotient(coalesce(used.cost, 0) * 365, coalesce(value.value_days, 0)) as turns_a_year,
    case
        when coalesce(used.quantity, 0) > 0
            then control.quotient(coalesce(on_hand.quantity, 0) * span.days, used.quantity)
    end as days_of_stock,
    used.last_used_on
from item
cross join company
cross join span
left join value on item.item_id = value.item_id
left join used on item.item_id = used.item_id
left join on_hand on item.item_id = on_hand.item_id
where coalesce(on_hand.quantity, 0) > 0 or coalesce(used.quantity, 0) <> 0
