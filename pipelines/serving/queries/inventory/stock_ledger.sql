select * from marts.stock_ledger
where stock_move_id in ($page)
order by posted_on desc, stock_move_id desc
