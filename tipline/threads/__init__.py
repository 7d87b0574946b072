"""Threads: the pseudonymous conversation between a resident and a line's members."""
