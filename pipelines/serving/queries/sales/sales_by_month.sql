select month, currency, sum(net_amount) as net_amount, sum(invoice_count) as invoice_count
from marts.sales_month
where month between date_trunc('month', $from_on::date) and $to_on
    and ($party_code::varchar is null or party_code = $party_code)
    and ($item_code::varchar is null or item_code = $item_code)
group by all
order by month, currency
