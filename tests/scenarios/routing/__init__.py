"""A story of orders that rules send where they are shipped, made and worked on."""
