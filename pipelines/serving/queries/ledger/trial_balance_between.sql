select * from marts.trial_balance_between($from_on, $to_on) order by account_code
