select
    strftime(released_on, '%Y-%m') as month,
    warehouse_code,
    count(*) as line_count,
    count(*) filter (where short_quantity > 0) as short_count,
    control.quotient(sum(picked_quantity), sum(quantity)) as picked_rate,
    count(pick_seconds) as timed_count,
    control.quotient(sum(pick_seconds), count(pick_seconds) * 60) as pick_minutes
from marts.pick_line
where released_on between $from_on and $to_on
group by all
order by month, warehouse_code nulls last
