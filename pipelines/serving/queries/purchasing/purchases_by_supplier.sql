select
    party_code,
    party_name,
    currency,
    sum(case kind when 'debit_note' then -net_amount else net_amount end) as net_amount,
    count(distinct document_id) filter (where kind = 'supplier_bill') as bill_count
from intermediate.document_row as bought
left join staging.party using (party_id)
where kind in ('supplier_bill', 'debit_note') and state = 'posted' and posted_on between $from_on and $to_on
    and not exists (
        select 1 from intermediate.document_row as claimed
        where claimed.document_line_id = bought.source_line_id and claimed.kind = 'supplier_claim'
    )
group by all
order by net_amount desc, party_code
limit $limit offset $offset
