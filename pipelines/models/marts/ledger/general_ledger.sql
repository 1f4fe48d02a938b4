/* Every journal line with its account, entry and document: where the drill-down of a statement ends.

   Grain    one row per journal_line_id */
with
company as (select * from staging.company),
line as (select * from staging.journal_line),
entry as (select * from staging.journal_entry),
account as (select * from staging.account),
document as (select * from raw.document),
party as (select * from staging.party)

select
    company.company,
    line.journal_line_id,
    entry.entry_id,
    entry.entry_number,
    line.line_number,
    entry.posted_on,
    entry.period_id,
    entry.fact,
    coalesce(line.description, entry.description) as description,
    line.account_id,
    account.account_code,
    account.name_en,
    account.name_zh_hans,
    account.name_zh_hant,
    account.account_class,
    line.debit,
    line.credit,
    line.party_id,
    party.party_code,
    party.party_name,
    entry.document_id,
    document.kind as document_kind,
    document.number as document_number,
    entry.reverses_id
from line
inner join entry on line.entry_id = entry.entry_id
cross join company
inner join account on line.account_id = account.account_id
inner join document on entry.document_id = document.id
left join party on line.party_id = party.party_id
