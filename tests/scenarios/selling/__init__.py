"""Stories of selling under control: credit, approval, promise."""
