"""The gateway: what residents and the provider reach. Seals, and opens nothing."""
