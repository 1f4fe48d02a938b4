select * from marts.purchase_order_line
where document_line_id in ($page)
order by document_on desc, document_id desc, line_number
