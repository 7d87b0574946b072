"""Tips that a member types in while somebody calls."""
