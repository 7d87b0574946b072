"""The pages of admins, who read no tip."""
