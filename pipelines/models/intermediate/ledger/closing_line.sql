/* Lines on income and expense accounts of closing entries. An entry closes when it also touches the account of this year's profit or of
   retained earnings: such lines empty the accounts and are no income or expense of their own.

   Grain    one row per journal_line_id */
with
account as (select * from staging.account),
line as (select * from staging.journal_line),
entry as (select * from staging.journal_entry),
equity_line as (
    select distinct line.entry_id
    from line
    inner join account on line.account_id = account.account_id
    where list_has_any(account.roles, ['current_profit', 'retained_earnings'])
)

select
    line.journal_line_id,
    line.account_id,
    entry.posted_on,
    line.debit,
    line.credit
from line
inner join equity_line on line.entry_id = equity_line.entry_id
inner join entry on line.entry_id = entry.entry_id
inner join account on line.account_id = account.account_id
where account.account_class in ('income', 'expense')
