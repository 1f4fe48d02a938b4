"""PROVE: what the product promises, tried from outside and inside."""
