"""After-sales: one case from the customer's word to the money, over documents that the other areas book.

`cases` opens and ends a case, `files` keeps its photos, `goods` takes goods in and decides what becomes of them, `settling` orders
the replacement and settles the money, `following` steps a case back when one of its documents is taken back, `recalling` reaches
everybody else who got its lots, `queries` asks. `levels` keeps what is promised and watches it, `clocks` runs the clocks of a case
by `working_time`, `answering` keeps what was said to the customer and `feedback` what he says, `giving` sees that what a case gives
is given once. `repairs` takes a piece in and has its repair approved, `repair_work` issues its parts, counts its hours and bears
its cost, `repair_billing` invoices it and gives it back, `repair_queries` asks. Beside the work on repairs nothing is posted here:
returns, status changes, scrap, credits and invoices are booked by their own handlers, and linked.
"""
