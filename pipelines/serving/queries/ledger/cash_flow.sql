select
    present.*,
    earlier.amount as compare_amount
from marts.cash_flow($from_on, $to_on) as present
left join marts.cash_flow(coalesce($compare_from::date, date '0001-01-02'), coalesce($compare_to::date, date '0001-01-01')) as earlier
    on present.line = earlier.line
order by present.line
