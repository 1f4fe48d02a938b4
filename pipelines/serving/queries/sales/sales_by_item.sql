select
    item_code,
    item_name,
    category_code,
    unit_code,
    currency,
    sum(case kind when 'credit_note' then -quantity else quantity end) as quantity,
    sum(case kind when 'credit_note' then -net_amount else net_amount end) as net_amount
from intermediate.document_row
left join staging.item using (item_id)
where
    kind in ('customer_invoice', 'credit_note')
    and state = 'posted'
    and line_kind = 'item'
    and posted_on between $from_on and $to_on
group by all
order by net_amount desc, item_code
limit $limit offset $offset
