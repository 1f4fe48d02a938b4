select
    present.*,
    earlier.amount as compare_amount
from marts.balance_sheet($as_of) as present
left join marts.balance_sheet(coalesce($compare_as_of::date, date '0001-01-01')) as earlier on present.line = earlier.line
order by present.line
