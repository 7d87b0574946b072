"""Lines: making and editing them, their keys, who holds these, and re-sealing in the background."""
