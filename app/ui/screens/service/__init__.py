"""Screens of after-sales: cases with their goods, money and files."""
