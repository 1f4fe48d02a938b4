"""Every screen, run in process against the small plant."""
