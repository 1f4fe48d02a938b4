select * from marts.income_statement_period
where starts_on >= $from_on and ends_on <= $to_on
order by starts_on, line
