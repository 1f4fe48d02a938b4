"""The screens by work: Sell, Buy, Stock, Make, Plan, Money, People, Set up. `catalog.py` lists them all."""
