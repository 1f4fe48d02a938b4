"""ACTS: the one place where documents are written and shown. People, planner, channels and imports submit commands."""
