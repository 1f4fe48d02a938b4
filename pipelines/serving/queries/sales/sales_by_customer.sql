select party_id, party_code, party_name, currency, sum(net_amount) as net_amount, count(distinct document_id) as invoice_count
from marts.customer_invoice_line
where state = 'posted' and posted_on between $from_on and $to_on
group by all
order by net_amount desc, party_code
limit $limit offset $offset
