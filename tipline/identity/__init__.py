"""Who writes: aliases, address tags, contacts. Nothing here returns a number to staff."""
