select
    strftime(received_on, '%Y-%m') as month,
    count(*) as repair_count,
    count(*) filter (where under_warranty) as warranty_count,
    control.quotient(sum(days_here), count(days_here)) as days_here,
    sum(customer_cost) as customer_cost,
    sum(warranty_cost) as warranty_cost,
    sum(customer_cost) + sum(warranty_cost) as repair_cost,
    control.quotient(sum(warranty_cost), sum(customer_cost) + sum(warranty_cost)) as warranty_share,
    sum(invoiced_amount) as invoiced_amount
from marts.repair
where state <> 'cancelled' and received_on between $from_on and $to_on
group by month
order by month
