"""RQ workers: thin entry points. What they do is in the rooms of `tipline`."""
