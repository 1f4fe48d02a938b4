"""Stories of the planner's monthly reviews: demand, and inventory policies."""
