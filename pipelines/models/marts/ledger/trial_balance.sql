/* Opening balance, movements and closing balance of each account in each fiscal period, from its first posting on.

   Grain    period_id, account_id */
with
company as (select * from staging.company),
account as (select * from staging.account),
period as (select * from staging.fiscal_period),
day as (select account_id, posted_on, sum(debit) as debit, sum(credit) as credit from intermediate.journal_day group by all),
span as (select min(posted_on) as first_on, max(posted_on) as last_on from day),
posted as (select account_id, min(posted_on) as first_on from day group by account_id),
movement as (
    select period.period_id, day.account_id, sum(day.debit) as debit, sum(day.credit) as credit
    from day
    inner join period on day.posted_on between period.starts_on and period.ends_on
    group by all
),
cell as (
    select
        period.period_id,
        period.period_code,
        period.starts_on,
        period.ends_on,
        posted.account_id,
        coalesce(movement.debit, 0) as debit,
        coalesce(movement.credit, 0) as credit,
        sum(coalesce(movement.debit, 0) - coalesce(movement.credit, 0))
            over (partition by posted.account_id order by period.starts_on) as closing
    from posted
    inner join period on posted.first_on <= period.ends_on
    cross join span
    left join movement on period.period_id = movement.period_id and posted.account_id = movement.account_id
    where period.starts_on <= span.last_on
)

select
    company.company,
    cell.period_id,
    cell.period_code,
    cell.starts_on,
    cell.ends_on,
    cell.account_id,
    account.account_code,
    account.name_en,
    account.name_zh_hans,
    account.name_zh_hant,
    account.account_class,
    cell.closing - cell.debit + cell.credit as opening,
    cell.debit,
    cell.credit,
    cell.closing
from cell
cross join company
left join account on cell.account_id = account.account_id
