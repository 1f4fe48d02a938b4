/* How suppliers keep their word, item by item, over the two years up to a day: on time, in full, good, at which price, how soon.

   Grain    party_id, item_id
   Watch    a line counts once it is due or whole. On time is by the promised day, and beside it by the day that was asked for, so
            that a promise that moves shows. Lead times are days from the order to each of its receipts. */
with
company as (select * from staging.company),
item as (select * from staging.item),
party as (select * from staging.party),
order_document as (
    select *
    from staging.document
    where kind = 'purchase_order' and state in ('confirmed', 'closed')
        and document_on <= as_of and document_on > as_of - interval 730 day
),
line as (
    select
        bought.document_line_id,
        order_document.party_id,
        bought.item_id,
        order_document.document_on,
        bought.quantity,
        bought.unit_price * (1 - bought.discount_rate) as net_price,
        coalesce(bought.due_on, order_document.due_on, order_document.document_on) as asked_on,
        coalesce(bought.promised_on, bought.due_on, order_document.due_on, order_document.document_on) as promised_on
    from staging.document_line as bought
    inner join order_document on bought.document_id = order_document.document_id
    where bought.line_kind = 'item'
),
arrival as (
    select received.source_line_id as order_line_id, received.quantity, receipt.posted_on
    from staging.document_line as received
    inner join staging.document as receipt on received.document_id = receipt.document_id
    where receipt.kind = 'goods_receipt' and receipt.state = 'posted' and receipt.posted_on <= as_of
),
by_line as (
    select
        line.*,
        coalesce(sum(arrival.quantity), 0) as arrived_quantity,
        coalesce(sum(arrival.quantity) filter (where arrival.posted_on <= line.promised_on), 0) as promised_quantity,
        coalesce(sum(arrival.quantity) filter (where arrival.posted_on <= line.asked_on), 0) as asked_quantity
    from line
    left join arrival on line.document_line_id = arrival.order_line_id
    group by all
),
kept as (
    select
        party_id,
        item_id,
        count(*) as line_count,
        count(*) filter (where promised_quantity >= quantity) as on_time_count,
        count(*) filter (where asked_quantity >= quantity) as as_asked_count,
        count(*) filter (where arrived_quantity >= quantity) as in_full_count,
        sum(arrived_quantity) as received_quantity
    from by_line
    where promised_on <= as_of or arrived_quantity >= quantity
    group by party_id, item_id
),
price as (
    select
        party_id,
        item_id,
        (list(net_price order by document_on desc, document_line_id desc))[1] as last_price,
        (list(net_price order by document_on desc, document_line_id desc))[2] as previous_price
    from line
    group by party_id, item_id
),
lead_time as (
    select
        line.party_id,
        line.item_id,
        count(*) as receipt_count,
        quantile_disc(date_diff('day', line.document_on, arrival.posted_on), 0.5) as lead_time_days_p50,
        quantile_disc(date_diff('day', line.document_on, arrival.posted_on), 0.9) as lead_time_days_p90
    from line
    inner join arrival on line.document_line_id = arrival.order_line_id
    group by line.party_id, line.item_id
),
spoiled as (
    select line.party_id, line.item_id, sum(found.damaged_quantity + found.wrong_quantity) as bad_quantity
    from raw.receipt_check as found
    inner join staging.document as receipt on found.document_id = receipt.document_id
    inner join line on found.order_line_id = line.document_line_id
    where receipt.state = 'posted' and receipt.posted_on <= as_of
    group by line.party_id, line.item_id
),
term as (select * from raw.supplier_item)

select
    company.company,
    kept.party_id,
    party.party_code,
    party.party_name,
    kept.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.unit_code,
    kept.line_count,
    control.quotient(kept.on_time_count, kept.line_count) as on_time_rate,
    control.quotient(kept.as_asked_count, kept.line_count) as as_asked_rate,
    control.quotient(kept.in_full_count, kept.line_count) as in_full_rate,
    kept.received_quantity,
    coalesce(spoiled.bad_quantity, 0) as bad_quantity,
    control.quotient(coalesce(spoiled.bad_quantity, 0), kept.received_quantity + coalesce(spoiled.bad_quantity, 0)) as bad_rate,
    price.last_price::decimal(19, 8) as last_price,
    price.previous_price::decimal(19, 8) as previous_price,
    control.quotient(price.last_price - price.previous_price, price.previous_price) as price_change_rate,
    item.standard_cost,
    coalesce(lead_time.receipt_count, 0) as receipt_count,
    lead_time.lead_time_days_p50,
    lead_time.lead_time_days_p90,
    term.lead_time_days as agreed_lead_time_days
from kept
cross join company
left join party on kept.party_id = party.party_id
left join item on kept.item_id = item.item_id
left join price on kept.party_id = price.party_id and kept.item_id = price.item_id
left join lead_time on kept.party_id = lead_time.party_id and kept.item_id = lead_time.item_id
left join spoiled on kept.party_id = spoiled.party_id and kept.item_id = spoiled.item_id
left join term on kept.party_id = term.supplier_id and kept.item_id = term.item_id
