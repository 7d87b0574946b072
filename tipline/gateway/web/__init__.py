"""Public pages: tips by form, receipts, replies, help. No cookie, no script, nothing in the logs."""
