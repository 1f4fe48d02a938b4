select
    party_code,
    party_name,
    currency,
    sum(case kind when 'credit_note' then -net_amount else net_amount end) as net_amount,
    count(distinct document_id) filter (where kind = 'customer_invoice') as invoice_count
from intermediate.document_row
left join staging.party using (party_id)
where kind in ('customer_invoice', 'credit_note') and state = 'posted' and posted_on between $from_on and $to_on
group by all
order by net_amount desc, party_code
limit $limit offset $offset
