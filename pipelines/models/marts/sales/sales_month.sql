/* Invoiced sales by month, customer and item; charges have item_id 0.

   Grain    month, party_id, item_id, currency */
with
line as (select * from marts.customer_invoice_line where state = 'posted')

select
    company,
    date_trunc('month', posted_on)::date as month,
    party_id,
    party_code,
    party_name,
    coalesce(item_id, 0) as item_id,
    item_code,
    item_name,
    category_code,
    currency,
    sum(quantity) as quantity,
    sum(net_amount) as net_amount,
    count(distinct document_id) as invoice_count
from line
group by all
