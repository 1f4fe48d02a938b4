select
    date_trunc('month', posted_on)::date as month,
    count(*) as line_count,
    count(*) filter (where posted_on <= due_on) as on_time_count,
    control.quotient(count(*) filter (where posted_on <= due_on), count(*)) as share
from marts.shipment_line
where state = 'posted' and due_on is not null and posted_on between $from_on and $to_on
group by month
order by month
