/* Which account brings how much to which line of the income statement, over a span of days, both ends included.
   Closing entries are left out: they empty the accounts and earn nothing.

   Grain    line, account_id */
with
company as (select * from staging.company),
account as (select * from staging.account),
mapping as (select * from intermediate.statement_account where statement = 'income_statement'),
movement as (
    select account_id, credit - debit as amount from intermediate.journal_day where posted_on between from_on and to_on
    union all
    select account_id, debit - credit from intermediate.closing_line where posted_on between from_on and to_on
),
balance as (select account_id, sum(amount) as amount from movement group by account_id)

select
    company.company,
    mapping.line,
    balance.account_id,
    account.account_code,
    account.name_en,
    account.name_zh_hans,
    account.name_zh_hant,
    mapping.by_class,
    balance.amount as credit_amount
from balance
inner join mapping on balance.account_id = mapping.account_id
cross join company
left join account on balance.account_id = account.account_id
where balance.amount <> 0
