"""A fuzzer for everything that somebody can reach who is not signed in."""
