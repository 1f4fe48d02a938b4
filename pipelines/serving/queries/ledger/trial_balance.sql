select * from marts.trial_balance
where ($period_code::varchar is null or period_code = $period_code)
    and ($account_code::varchar is null or account_code = $account_code)
order by starts_on, account_code
limit $limit offset $offset
