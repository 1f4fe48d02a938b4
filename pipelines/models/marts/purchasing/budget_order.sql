/* What each purchase order commits of each budget, and what was billed of the lines that do.

   Grain    budget_id, document_id
   Watch    a line may draw on several budgets and counts with each of them: rows of two budgets do not add up. What an order gave
            back when it was cancelled or closed short is no longer committed; its row stays, with zero. */
with
company as (select * from staging.company),
budget as (select * from raw.budget),
note as (
    select budget_id, document_line_id, sum(amount) as committed_amount
    from raw.budget_commitment group by budget_id, document_line_id
),
line as (select * from staging.document_line),
document as (select * from staging.document where kind = 'purchase_order'),
party as (select * from staging.party)

select
    company.company,
    company.currency,
    note.budget_id,
    budget.code as budget_code,
    document.document_id,
    document.number as order_number,
    document.state,
    document.document_on,
    document.party_id,
    party.party_code,
    party.party_name,
    sum(note.committed_amount)::decimal(38, 4) as committed_amount,
    sum(line.invoiced_amount)::decimal(38, 4) as billed_amount
from note
inner join budget on note.budget_id = budget.id
inner join line on note.document_line_id = line.document_line_id
inner join document on line.document_id = document.document_id
cross join company
left join party on document.party_id = party.party_id
group by all
