"""Pages about what a second person agrees to."""
