"""Screens of the company itself: who works with it, as what, and who must approve."""
