"""After-sales: one case from the customer's word to the money, over documents that the other areas book.

`cases` opens and ends a case, `files` keeps its photos, `goods` takes goods in and decides what becomes of them, `settling` orders
the replacement and settles the money, `following` steps a case back when one of its documents is taken back, `recalling` reaches
everybody else who got its lots, `queries` asks. Nothing is posted here: returns, status changes, scrap, credits and invoices are
booked by their own handlers, and linked.
"""
