select item_code, item_name, category_code, unit_code, currency, sum(quantity) as quantity, sum(net_amount) as net_amount
from intermediate.document_row
left join staging.item using (item_id)
where kind = 'customer_invoice' and state = 'posted' and line_kind = 'item' and posted_on between $from_on and $to_on
group by all
order by net_amount desc, item_code
limit $limit offset $offset
