"""The analytical store: its files, how they are loaded from the feed, and how the SQL models are built over them.

Two files make one published version. `base` holds every row up to the last full load or fold and never changes; `recent` holds the
rows that changed since, the models, and what the gates found. Only the small one is copied at a refresh, so that publishing costs
the same with ten thousand and with ten million ledger rows.
"""
