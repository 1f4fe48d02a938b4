/* The parts in which invoices, bills and opening balances are to be paid, as they stood at the end of a day.

   Grain    one row per open_item_id
   Watch    a document of one part is its own instalment: part_count tells them apart. A document that was taken back by the day is
            left out, and so is what a payment or credit settled that was taken back. Amounts are what the books carry a part at;
            amount = paid + credited + open. Credits are negative. Late is what is open after its day, paid late what came after. */
with
company as (select * from staging.company),
document as (select * from raw.document),
taken_back as (
    select reverses_id as document_id from document where reverses_id is not null and posted_on <= as_of
),
item as (
    select *
    from raw.open_item
    where opened_on <= as_of and document_id not in (select document_id from taken_back)
),
foreign_document as (select * from raw.foreign_document),
party as (select * from staging.party),
evidence as (
    select id, kind in ('credit_note', 'debit_note', 'credit_application') as credits
    from document
    where reverses_id is null and id not in (select document_id from taken_back)
),
settled as (
    select
        settlement.open_item_id,
        sum(settlement.amount) as amount,
        sum(settlement.amount) filter (where evidence.credits) as credited_amount,
        sum(settlement.amount) filter (where settlement.posted_on > item.due_on) as late_amount,
        max(settlement.posted_on) as last_settled_on
    from raw.settlement as settlement
    inner join item on settlement.open_item_id = item.id
    inner join evidence on settlement.document_id = evidence.id
    where settlement.posted_on <= as_of
    group by settlement.open_item_id
),
part as (
    select
        item.id as open_item_id,
        item.side,
        item.party_id,
        item.document_id,
        item.opened_on,
        item.due_on,
        item.amount,
        coalesce(settled.amount, 0) as settled_amount,
        coalesce(settled.credited_amount, 0) as credited_amount,
        coalesce(settled.late_amount, 0) as settled_late_amount,
        settled.last_settled_on,
        row_number() over (partition by item.document_id, item.side order by item.due_on, item.id) as part_number,
        count(*) over (partition by item.document_id, item.side) as part_count
    from item
    left join settled on item.id = settled.open_item_id
)

select
    company.company,
    company.currency,
    part.open_item_id,
    part.side,
    part.party_id,
    party.party_code,
    party.party_name,
    part.document_id,
    document.kind as document_kind,
    document.number as document_number,
    part.part_number,
    part.part_count,
    part.opened_on,
    part.due_on,
    strftime(part.due_on, '%Y-%m') as due_month,
    part.amount::decimal(38, 4) as amount,
    (part.settled_amount - part.credited_amount)::decimal(38, 4) as paid_amount,
    part.credited_amount::decimal(38, 4) as credited_amount,
    (part.amount - part.settled_amount)::decimal(38, 4) as open_amount,
    (case when part.due_on < as_of then part.amount - part.settled_amount else 0 end)::decimal(38, 4) as late_amount,
    part.settled_late_amount::decimal(38, 4) as settled_late_amount,
    case
        when part.due_on < as_of and part.amount <> part.settled_amount then date_diff('day', part.due_on, as_of::date) else 0
    end as days_late,
    case when part.amount = part.settled_amount then part.last_settled_on end as settled_on,
    coalesce(foreign_document.currency, company.currency) as document_currency
from part
cross join company
inner join document on part.document_id = document.id
left join foreign_document on part.document_id = foreign_document.id
left join party on part.party_id = party.party_id
