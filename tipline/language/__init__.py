"""The languages that Tipline speaks, and the catalogues of its sentences in them."""
