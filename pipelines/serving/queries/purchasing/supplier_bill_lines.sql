select * from marts.supplier_bill_line
where document_line_id in ($page)
order by posted_on desc, document_id desc, document_line_id
