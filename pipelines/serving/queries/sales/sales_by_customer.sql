select party_code, party_name, currency, sum(net_amount) as net_amount, count(distinct document_id) as invoice_count
from intermediate.document_row
left join staging.party using (party_id)
where kind = 'customer_invoice' and state = 'posted' and posted_on between $from_on and $to_on
group by all
order by net_amount desc, party_code
limit $limit offset $offset
