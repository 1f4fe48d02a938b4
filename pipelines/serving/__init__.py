"""Read-only doors to the published warehouse: named queries for screens and the API, and the planning package.

Nobody hands in SQL. A question has a name, typed parameters and a permission; its text lies under `queries/`.
"""
