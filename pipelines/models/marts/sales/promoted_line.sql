/* Lines of sales orders that promotions took something off, by the price in force, with what the goods are worth now.

   Grain    promotion_id, document_line_id
   Watch    reasons are in the currency of their order and are taken at its rate. A line that several promotions touched has a row for each: what they gave adds up, its net amount and cost do not. Orders
            that were cancelled are left out, and so is what a change took back or is not in force. */
with
company as (select *, pow(10, currency_decimals)::bigint as scale from staging.company),
abroad as (select * from raw.foreign_document),
ordered as (select * from staging.document where kind = 'sales_order' and state <> 'cancelled'),
line as (select * from staging.document_line),
item as (select * from staging.item),
party as (select * from staging.party),
promotion as (select * from raw.promotion),
held as (select * from raw.item_value),
priced as (
    select reason.*
    from raw.line_price_reason as reason
    left join raw.sales_order_change as change on reason.change_id = change.id
    where reason.change_id is null or change.state = 'applied'
),
in_force as (select document_id, line, max(pricing_number) as pricing_number from priced group by document_id, line),
given as (
    select
        priced.promotion_id,
        priced.document_id,
        priced.line,
        sum(round(priced.amount * coalesce(abroad.exchange_rate, 1) * company.scale) / company.scale)::decimal(38, 4) as given_amount
    from priced
    cross join company
    left join abroad on priced.document_id = abroad.id
    inner join in_force
        on priced.document_id = in_force.document_id
        and priced.line = in_force.line
        and priced.pricing_number = in_force.pricing_number
    where priced.kind = 'promotion'
    group by all
)

select
    company.company,
    company.currency,
    given.promotion_id,
    promotion.code as promotion_code,
    promotion.name as promotion_name,
    line.document_line_id,
    ordered.document_id,
    ordered.number as order_number,
    line.line_number,
    ordered.document_on,
    ordered.channel,
    ordered.party_id,
    party.party_code,
    party.party_name,
    line.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    line.quantity,
    given.given_amount,
    line.net_amount,
    (line.quantity * coalesce(control.quotient(held.value, held.quantity), item.standard_cost, 0))::decimal(38, 8) as cost
from given
inner join ordered on given.document_id = ordered.document_id
inner join line on given.document_id = line.document_id and given.line = line.line_number
inner join promotion on given.promotion_id = promotion.id
cross join company
left join item on line.item_id = item.item_id
left join held on line.item_id = held.item_id
left join party on ordered.party_id = party.party_id
