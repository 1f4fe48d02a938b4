/* Which line of each statement an account stands in: the longest code prefix that the company's chart maps; without one, the
   line of the account's class. Accounts whose balance is shown by its sign have two rows, one a side.

   Grain    statement, account_id, balance */
with
company as (select * from staging.company),
account as (select * from staging.account),
mapping as (select * from reference.statement_account),
line as (select * from reference.statement_line),
candidate as (
    select
        mapping.statement,
        account.account_id,
        account.account_code,
        mapping.line,
        mapping.balance,
        mapping.by_what,
        mapping.code_prefix,
        mapping.account_class is not null as by_class,
        max(coalesce(length(mapping.code_prefix), 0)) over (partition by mapping.statement, account.account_id) as longest
    from account
    cross join company
    inner join mapping
        on company.chart = mapping.chart
        and (starts_with(account.account_code, mapping.code_prefix) or account.account_class = mapping.account_class)
    inner join line
        on mapping.chart = line.chart and mapping.statement = line.statement and mapping.line = line.line
    where line.kind <> 'memo'
        and (mapping.statement in ('balance_sheet', 'cash_flow') or account.account_class in ('income', 'expense') or mapping.code_prefix is not null)
)

select
    statement,
    account_id,
    account_code,
    line,
    balance,
    case by_what
        when 'account' then account_code
        when 'subaccount' then left(account_code, length(code_prefix) + 2)
        when 'prefix' then code_prefix
    end as balance_group,
    by_what = 'party' as by_party,
    by_class
from candidate
where coalesce(length(code_prefix), 0) = longest
