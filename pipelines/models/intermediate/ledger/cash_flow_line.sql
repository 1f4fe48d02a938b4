/* What each journal line brought in cash, by the line of the cash flow statement it belongs to; direct method.

   The cash that an entry moves is shared over the lines that stand against it, by amount: wages paid less the tax withheld are wages
   for what was paid. Shares are rounded from their running sum on the minor unit, so that they add up to the entry's cash exactly.
   The side that a line was posted on decides where an account has an inflow and an outflow line; a red-letter entry lessens what it
   corrects. Cash that moves from one cash account to another is no flow; opening balances belong to opening cash.

   Grain    one row per journal_line_id
   Watch    amount is positive where cash came in. */
with
company as (select * from staging.company),
line as (select * from staging.journal_line),
entry as (select * from staging.journal_entry),
cash_account as (select * from intermediate.cash_account),
mapping as (select * from intermediate.statement_account where statement = 'cash_flow'),
cash_line as (
    select
        line.*,
        cash_account.line as opening_line
    from line
    inner join cash_account on line.account_id = cash_account.account_id
),
cash_entry as (
    select entry_id, sum(debit - credit) as cash from cash_line group by entry_id having sum(debit - credit) <> 0
),
step as (
    select
        pow(10, currency_decimals)::bigint as scale,
        case currency_decimals when 0 then 1 when 2 then 0.01 when 3 then 0.001 else 0.0001 end::decimal(8, 4) as minor
    from company
),
against as (
    select
        line.journal_line_id,
        line.account_id,
        line.entry_id,
        entry.posted_on,
        case when line.credit <> 0 then 'credit' else 'debit' end as side,
        sign(cash_entry.cash)::integer as direction,
        abs(cash_entry.cash * step.scale)::hugeint as cash,
        abs(sum(line.credit - line.debit) over (partition by line.entry_id) * step.scale)::hugeint as whole,
        abs(sum(line.credit - line.debit) over (partition by line.entry_id order by line.journal_line_id) * step.scale)::hugeint as upto,
        abs((line.credit - line.debit) * step.scale)::hugeint as amount,
        step.minor
    from line
    inner join cash_entry on line.entry_id = cash_entry.entry_id
    inner join entry on line.entry_id = entry.entry_id
    cross join step
    where sign(line.credit - line.debit) = sign(cash_entry.cash)
        and entry.fact <> 'OpeningBalancesBooked'
        and line.account_id not in (select account_id from cash_account)
),
shared as (
    select
        *,
        direction * ((2 * cash * upto + whole) // (2 * whole) - (2 * cash * (upto - amount) + whole) // (2 * whole)) as minor_units
    from against
)

select
    shared.journal_line_id,
    shared.account_id,
    shared.posted_on,
    mapping.line,
    (shared.minor_units::bigint * shared.minor)::decimal(38, 4) as amount
from shared
inner join mapping on shared.account_id = mapping.account_id and mapping.balance in ('both', shared.side)
where shared.minor_units <> 0
union all
select
    cash_line.journal_line_id,
    cash_line.account_id,
    entry.posted_on,
    cash_line.opening_line,
    cash_line.debit - cash_line.credit
from cash_line
inner join entry on cash_line.entry_id = entry.entry_id
where entry.fact = 'OpeningBalancesBooked'
