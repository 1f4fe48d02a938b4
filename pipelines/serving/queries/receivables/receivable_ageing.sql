select * from marts.receivable_ageing($as_of)
where ($party_code::varchar is null or party_code = $party_code)
order by open_amount desc, party_code
