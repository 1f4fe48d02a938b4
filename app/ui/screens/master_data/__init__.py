"""Master data: items, parties and structures, entered once and used everywhere."""
