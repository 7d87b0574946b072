"""Envelopes: sealed inbound messages and status reports between the gateway and the workers.

The gateway writes them (`writing`), a worker leases lanes and reads them (`reading`, `leases`).
"""
