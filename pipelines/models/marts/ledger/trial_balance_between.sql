/* Opening balance, movements and closing balance of each account over any span of days, both ends included.

   Grain    one row per account_id */
with
company as (select * from staging.company),
account as (select * from staging.account),
day as (select * from intermediate.journal_day where posted_on <= to_on),
balance as (
    select
        account_id,
        coalesce(sum(debit - credit) filter (where posted_on < from_on), 0) as opening,
        coalesce(sum(debit) filter (where posted_on >= from_on), 0) as debit,
        coalesce(sum(credit) filter (where posted_on >= from_on), 0) as credit
    from day
    group by account_id
)

select
    company.company,
    balance.account_id,
    account.account_code,
    account.name_en,
    account.name_zh_hans,
    account.name_zh_hant,
    account.account_class,
    balance.opening,
    balance.debit,
    balance.credit,
    balance.opening + balance.debit - balance.credit as closing
from balance
cross join company
left join account on balance.account_id = account.account_id
