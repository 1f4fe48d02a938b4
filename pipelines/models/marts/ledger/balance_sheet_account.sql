/* Which account (and party, where the form asks for it) brings how much to which line of the balance sheet at the end of a day.
   Where a form shows debit and credit balances apart, accounts are added within their balance group before the sign is looked at.

   Grain    line, account_id, party_id */
with
company as (select * from staging.company),
account as (select * from staging.account),
party as (select * from staging.party),
mapping as (select * from intermediate.statement_account where statement = 'balance_sheet'),
balance as (
    select account_id, party_id, sum(debit - credit) as balance
    from intermediate.journal_day
    where posted_on <= as_of
    group by all
),
placed as (
    select
        mapping.line,
        mapping.balance as wanted,
        mapping.by_party,
        mapping.by_class,
        balance.account_id,
        case when mapping.by_party then balance.party_id else 0 end as party_id,
        case when mapping.by_party then mapping.account_code else mapping.balance_group end as balance_group,
        balance.balance
    from balance
    inner join mapping on balance.account_id = mapping.account_id
),
row_balance as (
    select line, wanted, by_class, balance_group, account_id, party_id, sum(balance) as balance
    from placed
    group by all
),
signed as (
    select *, sum(balance) over (partition by line, wanted, balance_group, party_id) as group_balance
    from row_balance
)

select
    company.company,
    signed.line,
    signed.account_id,
    account.account_code,
    account.name_en,
    account.name_zh_hans,
    account.name_zh_hant,
    signed.party_id,
    party.party_code,
    party.party_name,
    signed.by_class,
    signed.balance as debit_balance
from signed
cross join company
left join account on signed.account_id = account.account_id
left join party on signed.party_id = party.party_id
where signed.balance <> 0
    and (
        signed.wanted = 'both'
        or (signed.wanted = 'debit' and signed.group_balance >= 0)
        or (signed.wanted = 'credit' and signed.group_balance < 0)
    )
