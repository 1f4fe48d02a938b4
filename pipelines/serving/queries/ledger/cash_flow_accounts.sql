select * from marts.cash_flow_account($from_on, $to_on)
where ($line::integer is null or line = $line)
order by line, account_code
