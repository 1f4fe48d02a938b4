select
    date_trunc('month', document_on)::date as month,
    currency,
    sum(net_amount) as net_amount,
    count(distinct document_id) as order_count
from marts.sales_order_line
where state not in ('draft', 'cancelled') and document_on between $from_on and $to_on
group by all
order by month, currency
