"""Stories of the warehouse, each with the page of facts that it leaves."""
