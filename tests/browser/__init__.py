"""Whole journeys in Chromium over the served plant."""
