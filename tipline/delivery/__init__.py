"""Delivery: the outbox, what the provider says about it, and erasure at the provider."""
