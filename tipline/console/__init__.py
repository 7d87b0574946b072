"""The console: staff pages."""
