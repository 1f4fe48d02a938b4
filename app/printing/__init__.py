"""Puts documents on paper: order confirmations, delivery notes, invoices, purchase orders and labels as PDF.

Decides how a sheet looks and which sheets a kind of document has, and nothing else: what a sheet states is asked of the
gateway as the reader, so nobody prints what he may not see; the language is the partner's unless another is asked for.
"""
