"""An instance: creating it, starting its processes, and the command line."""
