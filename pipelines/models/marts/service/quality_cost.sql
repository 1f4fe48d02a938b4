/* What bad quality costs: what each document did to the result by each item, internal or external, as the operational store counts it.

   Grain    document_id, item_id
   Watch    external is what cases do: credited and replaced less what customers paid and what came back at its cost, scrapped of
            it, and the warranty's share of repairs. Internal is what was scrapped beside any case. All without tax; what customers
            paid, what came back and what suppliers bear is negative. */
with
company as (select * from staging.company),
document as (select * from staging.document),
posted as (select * from document where state = 'posted' and reverses_id is null),
line as (select * from staging.document_line),
case_of as (select * from intermediate.case_of_document),
party as (select * from staging.party),
item as (select * from staging.item),
moved as (
    select document_id, item_id, -sum(value) as amount
    from staging.stock_move
    group by document_id, item_id
    having sum(value) <> 0
),
warranty as (
    select entry.document_id, sum(posting.debit - posting.credit) as amount
    from staging.journal_entry as entry
    inner join staging.journal_line as posting on entry.entry_id = posting.entry_id
    inner join staging.account as account on posting.account_id = account.account_id
    where entry.fact in ('RepairFinished', 'WarrantyCredited') and list_contains(account.roles, 'warranty_cost')
    group by entry.document_id
),
effect as (
    select posted.document_id, moved.item_id, moved.amount
    from posted
    inner join moved on posted.document_id = moved.document_id
    left join case_of on posted.document_id = case_of.document_id
    where posted.kind = 'stock_scrap' or (posted.kind in ('customer_return', 'shipment') and case_of.case_id is not null)
    union all
    select posted.document_id, line.item_id, sum(case posted.kind when 'credit_note' then line.net_amount else -line.net_amount end)
    from posted
    inner join line on posted.document_id = line.document_id
    inner join case_of on posted.document_id = case_of.document_id
    where posted.kind in ('credit_note', 'customer_invoice')
    group by posted.document_id, line.item_id
    union all
    select posted.document_id, posted.item_id, warranty.amount
    from posted
    inner join warranty on posted.document_id = warranty.document_id
    where posted.kind in ('repair_completion', 'debit_note')
)

select
    company.company,
    company.currency,
    posted.document_id,
    posted.kind as document_kind,
    posted.number as document_number,
    posted.posted_on,
    case posted.kind
        when 'stock_scrap' then 'scrapped'
        when 'customer_return' then 'goods_back'
        when 'shipment' then 'replacements'
        when 'credit_note' then 'credited'
        when 'customer_invoice' then 'paid_by_customers'
        when 'debit_note' then 'borne_by_suppliers'
        else 'warranty_repairs'
    end as category,
    case_of.case_id is not null as external,
    case_of.case_id,
    known.number as case_number,
    coalesce(posted.reason_code, known.reason_code) as reason_code,
    effect.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    party.party_id,
    party.party_code,
    party.party_name,
    effect.amount as quality_cost
from effect
inner join posted on effect.document_id = posted.document_id
cross join company
left join case_of on effect.document_id = case_of.document_id
left join document as known on case_of.case_id = known.document_id
left join party on coalesce(known.party_id, posted.party_id) = party.party_id
left join item on effect.item_id = item.item_id
