select * from marts.general_ledger
where journal_line_id in ($page)
order by posted_on desc, entry_id desc, line_number
