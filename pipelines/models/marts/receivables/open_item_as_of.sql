/* What customers owe and what suppliers are owed at the end of a day, item by item, with how long it is overdue.

   Grain    one row per open_item_id
   Watch    credits are negative; an item settled after the day is open on it. */
with
company as (select * from staging.company),
item as (select * from raw.open_item where opened_on <= as_of),
settled as (select open_item_id, sum(amount) as amount from raw.settlement where posted_on <= as_of group by open_item_id),
document as (select * from raw.document),
party as (select * from staging.party),
open_now as (
    select
        item.id as open_item_id,
        item.side,
        item.party_id,
        item.document_id,
        item.opened_on,
        item.due_on,
        item.amount,
        item.amount - coalesce(settled.amount, 0) as open_amount,
        date_diff('day', item.due_on, as_of::date) as overdue_days
    from item
    left join settled on item.id = settled.open_item_id
)

select
    company.company,
    open_now.open_item_id,
    open_now.side,
    open_now.party_id,
    party.party_code,
    party.party_name,
    open_now.document_id,
    document.kind as document_kind,
    document.number as document_number,
    open_now.opened_on,
    open_now.due_on,
    open_now.amount,
    open_now.open_amount,
    greatest(open_now.overdue_days, 0) as overdue_days,
    case
        when open_now.overdue_days <= 0 then 'not_due'
        when open_now.overdue_days <= 30 then 'days_1_30'
        when open_now.overdue_days <= 60 then 'days_31_60'
        when open_now.overdue_days <= 90 then 'days_61_90'
        else 'over_90_days'
    end as age
from open_now
cross join company
left join document on open_now.document_id = document.id
left join party on open_now.party_id = party.party_id
where open_now.open_amount <> 0
