"""The inbox: which threads there are, and what waits for somebody."""
