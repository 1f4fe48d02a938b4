"""Drop shipments: what a customer ordered of us is bought of a supplier, who ships it straight to him.

`ordering` makes the purchase orders, `confirming` books that goods left the supplier, received and shipped in one command, and
takes both back together, `queries` asks for the other side of a document. Which lines those are is said in sales.
"""
