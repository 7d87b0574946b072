"""A member's own account: signing in and out."""
