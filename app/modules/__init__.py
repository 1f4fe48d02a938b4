"""The areas of the company. Each decides in pure rules, acts in thin handlers, and is asked through queries."""
