"""Public pages: tip form, receipt, replies, help. No cookie, no script, nothing in the logs."""
