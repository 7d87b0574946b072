"""Members: accounts of staff, and how they prove who they are."""
