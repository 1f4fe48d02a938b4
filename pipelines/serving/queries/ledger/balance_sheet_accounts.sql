select * from marts.balance_sheet_account($as_of)
where ($line::integer is null or line = $line)
order by line, account_code, party_code
