/* Which account brings how much to which line of the cash flow statement, over a span of days, both ends included.

   Grain    line, account_id */
with
company as (select * from staging.company),
account as (select * from staging.account),
flow as (
    select line, account_id, sum(amount) as amount
    from intermediate.cash_flow_line
    where posted_on between from_on and to_on
    group by all
    union all
    select cash_account.line, cash_account.account_id, sum(day.debit - day.credit)
    from intermediate.journal_day as day
    inner join intermediate.cash_account on day.account_id = cash_account.account_id
    where day.posted_on < from_on
    group by all
),
total as (select line, account_id, sum(amount) as amount from flow group by all)

select
    company.company,
    total.line,
    total.account_id,
    account.account_code,
    account.name_en,
    account.name_zh_hans,
    account.name_zh_hant,
    total.amount as cash_amount
from total
cross join company
left join account on total.account_id = account.account_id
where total.amount <> 0
