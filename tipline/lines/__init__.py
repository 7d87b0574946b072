"""Lines and their members: keys, certificates, roles, grants."""
